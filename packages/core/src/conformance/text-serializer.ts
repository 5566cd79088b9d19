import { PersistError } from "@persist/atomic"
import { Serializer } from "../serializer.ts"

const mark = "text:"

/** A second format for the suite: strings behind a mark, so that damage shows. */
export class TextSerializer extends Serializer<string> {
  readonly fileExtension: string

  constructor(fileExtension = ".text") {
    super()
    this.fileExtension = fileExtension
  }

  encode(value: string): Uint8Array {
    if (typeof value === "string") return Buffer.from(mark + value)
    throw new PersistError("ERR_PERSIST_ENCODE", `$ is a ${typeof value}; give a string.`)
  }

  decode(bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString()
    if (text.startsWith(mark)) return text.slice(mark.length)
    throw new PersistError("ERR_PERSIST_DECODE", "The mark of the text format is missing.")
  }
}
