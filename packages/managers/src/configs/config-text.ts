import { isUtf8 } from "node:buffer"
import { PersistError, Serializer } from "@persist/core"
import type { ConfigFormat } from "./formats/config-format.ts"
import { configFormats } from "./formats/formats.ts"

/**
 * The text of a configuration file as the stored value. Reading it never fails, so a storage never
 * takes a file that somebody edited wrongly for damage that it should mend.
 */
export class ConfigText extends Serializer<string> {
  readonly fileExtension: string

  constructor(fileExtension: string) {
    super()
    this.fileExtension = fileExtension
  }

  encode(text: string): Uint8Array {
    return Buffer.from(text)
  }

  decode(bytes: Uint8Array): string {
    if (isUtf8(bytes)) {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
    }
    throw new PersistError("ERR_PERSIST_FORMAT", "The file is not UTF-8; nothing was changed.")
  }
}

/** A configuration format as a serializer, by which a storage knows its files. */
class ConfigSerializer extends Serializer {
  readonly fileExtension: string
  readonly #format: ConfigFormat

  constructor(format: ConfigFormat, fileExtension: string) {
    super()
    this.fileExtension = fileExtension
    this.#format = format
  }

  encode(value: unknown): Uint8Array {
    return Buffer.from(this.#format.print(value))
  }

  decode(bytes: Uint8Array): unknown {
    return this.#format.parse(Buffer.from(bytes).toString())
  }
}

/** Every configuration format, for a storage to know. */
export function configSerializers(): Serializer[] {
  return Object.values(configFormats).flatMap((format) =>
    format.extensions.map((extension) => new ConfigSerializer(format, extension)),
  )
}
