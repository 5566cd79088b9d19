import { PersistError } from "@persist/core/options"
import { deepest, isTooDeep } from "../deepest.ts"
import type { Position } from "./config-format.ts"

/** The error for text that is not in its format. */
export function decodeError(
  format: string,
  { line, column }: Position,
  reason: string,
  cause?: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_DECODE",
    `Not ${format}: ${reason} at line ${line}, column ${column}.`,
    { details: { line, column }, ...(cause !== undefined && { cause }) },
  )
}

/**
 * What `parse` makes of a text without its mark, in a form that everything here can go through.
 *
 * @throws `ERR_PERSIST_DECODE` for one that is nested too deeply.
 */
export function parsedShallow<T>(format: string, text: string, parse: (body: string) => T): T {
  let cause: unknown
  try {
    const value = parse(withoutBom(text))
    // Every level takes a character at least.
    if (text.length <= deepest || !isTooDeep(value)) return value
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    cause = error
  }
  throw decodeError(format, { line: 1, column: 1 }, "it is nested too deeply", cause)
}

/** The text without its byte order mark. */
export function withoutBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}
