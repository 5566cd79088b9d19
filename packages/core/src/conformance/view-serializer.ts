import { BytesSerializer } from "./bytes-serializer.ts"

/** A format whose values are the very bytes that a storage hands out. */
export class ViewSerializer extends BytesSerializer {
  override decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}
