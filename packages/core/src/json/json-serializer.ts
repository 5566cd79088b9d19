import { PersistError } from "@persist/atomic"
import { Serializer } from "../serializer.ts"

/** JSON, the default format (placeholder: the full serializer replaces this file). */
export class JsonSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension = ".json"

  encode(value: T): Uint8Array {
    const text = JSON.stringify(value, undefined, 2)
    if (text === undefined) throw new PersistError("ERR_PERSIST_ENCODE", "$ cannot be JSON.")
    return Buffer.from(text)
  }

  decode(bytes: Uint8Array): T {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as T
    } catch (cause) {
      throw new PersistError("ERR_PERSIST_DECODE", `Not JSON: ${(cause as Error).message}`, {
        cause,
      })
    }
  }
}
