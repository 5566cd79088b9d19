import { PersistError } from "@persist/core/options"
import { firstDifference } from "../../diff/same-value.ts"

/** The error for a value that a format cannot hold, because of what is at `path` in it. */
export function encodeError(
  format: string,
  path: string,
  why: string,
  cause?: unknown,
): PersistError {
  return new PersistError("ERR_PERSIST_ENCODE", `Cannot be ${format}: ${path} (${why}).`, {
    details: { path },
    ...(cause !== undefined && { cause }),
  })
}

/** @throws `ERR_PERSIST_ENCODE` when `back`, which was read from the text of `value`, is not the same. */
export function assertSame(format: string, value: unknown, back: unknown): void {
  const change = firstDifference(value, back)
  if (change === undefined) return
  throw encodeError(format, change, `${format} would not give it back as it is`)
}
