import { isUtf8 } from "node:buffer"
import { PersistError } from "@persist/core/options"

/** The text in the bytes. @throws `ERR_PERSIST_FORMAT` */
export function textOf(bytes: Uint8Array): string {
  if (isUtf8(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  }
  throw new PersistError("ERR_PERSIST_FORMAT", "The file is not UTF-8; nothing was changed.")
}
