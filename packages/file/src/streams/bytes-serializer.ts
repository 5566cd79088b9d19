import { types } from "node:util"
import { PersistError, Serializer } from "@persist/core"

/** Bytes as they are (`.bin`): the format of streams. */
export class BytesSerializer extends Serializer<Uint8Array> {
  readonly fileExtension = ".bin"

  /** @throws `ERR_PERSIST_ENCODE` for anything but a Uint8Array. */
  encode(value: Uint8Array): Uint8Array {
    // Not `slice`, which on a Buffer would share the memory.
    if (types.isUint8Array(value)) return new Uint8Array(value)
    throw new PersistError(
      "ERR_PERSIST_ENCODE",
      `$ is of type ${value === null ? "null" : typeof value}; BytesSerializer takes a Uint8Array.`,
    )
  }

  decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}

/** The one that every storage knows. */
export const bytesSerializer: BytesSerializer = new BytesSerializer()
