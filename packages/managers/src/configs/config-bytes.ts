import { Serializer } from "@persist/core"

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
