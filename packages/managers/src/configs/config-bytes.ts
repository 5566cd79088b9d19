import { isUtf8 } from "node:buffer"
import { PersistError, Serializer } from "@persist/core"

/** A configuration file's bytes as the stored value; what is in them is looked at later, if at all. */
export class ConfigBytes extends Serializer<Uint8Array> {
  readonly fileExtension: string

  constructor(fileExtension: string) {
    super()
    this.fileExtension = fileExtension
  }

  encode(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}

/** The text in the bytes. @throws `ERR_PERSIST_FORMAT` */
export function textOf(bytes: Uint8Array): string {
  if (isUtf8(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  }
  throw new PersistError("ERR_PERSIST_FORMAT", "The file is not UTF-8; nothing was changed.")
}
