import { PersistError } from "@persist/core/options"
import { escapePointer } from "../../diff/patch.ts"
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

/** The JSON pointer of the innermost value that `print` throws for, as it does for `value`. */
export function firstUnfit(
  value: unknown,
  print: (value: unknown) => unknown,
  path: string = "",
): string {
  if (typeof value !== "object" || value === null) return path || "/"
  for (const [name, inner] of Object.entries(value)) {
    try {
      print(inner)
    } catch {
      return firstUnfit(inner, print, `${path}/${escapePointer(name)}`)
    }
  }
  return path || "/"
}

/** @throws `ERR_PERSIST_ENCODE` when `back`, which was read from the text of `value`, is not the same. */
export function assertSame(format: string, value: unknown, back: unknown): void {
  const change = firstDifference(value, back)
  if (change === undefined) return
  throw encodeError(format, change, `${format} would not give it back as it is`)
}
