import { Serializer } from "../serializer.ts"

/** A format for the suite in which every sequence of bytes is a value, the empty one too. */
export class BytesSerializer extends Serializer<Uint8Array> {
  readonly fileExtension = ".bytes"

  encode(value: Uint8Array): Uint8Array {
    return value
  }

  decode(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(bytes)
  }
}
