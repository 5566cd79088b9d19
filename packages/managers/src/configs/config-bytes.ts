import { Serializer } from "@persist/core"

/** The bytes of a configuration's file, which nobody changes any more: in an object, so that no storage copies them. */
export interface FileBytes {
  readonly bytes: Uint8Array
}

/** A configuration's file as the stored value; what is in it is looked at later, if at all. */
export class ConfigBytes extends Serializer<FileBytes> {
  readonly fileExtension: string

  constructor(fileExtension: string) {
    super()
    this.fileExtension = fileExtension
  }

  encode({ bytes }: FileBytes): Uint8Array {
    return bytes
  }

  decode(bytes: Uint8Array): FileBytes {
    return { bytes }
  }
}
