import { PersistError } from "@persist/atomic"
import { isError } from "../is-error.ts"
import { brief } from "./brief.ts"
import { exhaustedWriting, isExhaustion } from "./exhaustion.ts"
import { longestTextError } from "./limits.ts"
import { describeValue } from "./plain.ts"

/** Room for our own messages with their advice, and for a statement or two. */
const longestReason = 2000

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** One step into a value: a property or an index, or a part that is neither, such as `<key 3>`. */
export type PathSegment = string | number | { readonly part: string }

/** Writes where in a value something is: `$.items[3].when`. */
export function formatPath(segments: Iterable<PathSegment>): string {
  let path = "$"
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`
    else if (typeof segment === "object") path += `<${segment.part}>`
    else path += identifier.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`
  }
  return abridged(path)
}

/** A text of any length, such as a key, for messages, which are there to be read. */
export function abridged(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 240)}…${text.slice(-240)}`
}

/** Makes the error for a value that a format cannot hold. */
export function encodeError(
  segments: Iterable<PathSegment>,
  problem: string,
  remedy: string,
  cause?: unknown,
): PersistError {
  const path = formatPath(segments)
  const options = cause === undefined ? {} : { cause }
  return new PersistError("ERR_PERSIST_ENCODE", `${path} ${problem}; ${remedy}.`, {
    ...options,
    details: { path },
  })
}

/** The error for what a getter, a proxy or a hook threw while the value at `segments` was read. */
export function unreadable(segments: Iterable<PathSegment>, cause: unknown): PersistError {
  if (PersistError.is(cause)) return cause
  if (isExhaustion(cause)) return exhaustedWriting(formatPath(segments), cause)
  const problem = `cannot be read: ${reasonOf(cause)}`
  return encodeError(segments, problem, "leave it out, or mend what reads it", cause)
}

/** What a thrown value says of itself, or the beginning of it; anybody may throw anything. */
export function reasonOf(cause: unknown): string {
  const reason: unknown = isError(cause) ? cause.message : cause
  return typeof reason === "string"
    ? brief(reason, longestReason)
    : `it threw ${describeValue(cause)}`
}

/**
 * Runs an encoder; what a getter, a proxy or a hook of the value throws becomes `ERR_PERSIST_ENCODE`; text that
 * no string holds, and the end of the stack or of memory, `ERR_PERSIST_LIMIT`.
 */
export function encoding<Result>(format: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    if (PersistError.is(cause)) throw cause
    if (cause instanceof RangeError && cause.message === "Invalid string length")
      throw longestTextError(`The ${format} of the value`)
    if (isExhaustion(cause)) throw exhaustedWriting("The value", cause)
    throw new PersistError(
      "ERR_PERSIST_ENCODE",
      `The value cannot be read to write it as ${format}: ${reasonOf(cause)}`,
      { cause },
    )
  }
}
