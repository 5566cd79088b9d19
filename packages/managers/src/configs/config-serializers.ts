import { Serializer } from "@persist/core"
import type { ConfigFormat } from "./formats/config-format.ts"
import { configFormats } from "./formats/formats.ts"

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
