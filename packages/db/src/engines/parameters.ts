import { PersistError } from "@persist/core"
import { reasonOf } from "@persist/core/values"
import { withCallers } from "../errors/with-callers.ts"

/** An object as JSON, which would make nothing of some. */
export function jsonText(value: unknown, index: number): string {
  for (const kind of [Map, Set, Promise, RegExp, Error]) {
    if (value instanceof kind)
      throw invalidParameter(index, `is a ${kind.name}; give what JSON can hold`)
  }
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw invalidParameter(index, `cannot be JSON (${reasonOf(cause)})`)
  }
}

/** The error for a parameter that no engine can bind. */
export function invalidParameter(index: number, problem: string): PersistError {
  const message = `Parameter ${index + 1} ${problem}.`
  return withCallers(() => new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message))
}
