import { Serializer } from "@persist/core"
import { textOf } from "../text-of.ts"

/** Lines of a log as the stored value; what is in them is looked at line by line. */
export class LogText extends Serializer<string> {
  readonly fileExtension = ".ndjson"

  encode(lines: string): Uint8Array {
    return Buffer.from(lines)
  }

  decode(bytes: Uint8Array): string {
    return textOf(bytes)
  }
}
