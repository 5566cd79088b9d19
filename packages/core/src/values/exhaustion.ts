import { types } from "node:util"
import { PersistError } from "@persist/atomic"

// From the start or the end: messages of parsers quote what they read.
const exhausted =
  /^Maximum call stack size exceeded|^Array buffer allocation failed|^Failed to allocate memory|: Stack overflow$/

/** Whether an error, or what caused it, says that the stack or the memory of this process was used up. */
export function isExhaustion(error: unknown): boolean {
  // What errors name as their causes may lead back to them.
  const seen = new Set<unknown>()
  for (let one = error; types.isNativeError(one) && !seen.has(one); one = one.cause) {
    if (exhausted.test(one.message)) return true
    seen.add(one)
  }
  return false
}

/** Makes the error for bytes that cannot be read here and now, though nothing says that they are damaged. */
export function exhaustionError(what: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_LIMIT",
    `${what} cannot be read here (${(cause as Error).message}), which tells nothing of the bytes; read them with more stack or memory.`,
    { cause },
  )
}

/** Makes the error for a value that cannot be written here and now, though it may be one that the format holds. */
export function exhaustedWriting(what: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_LIMIT",
    `${what} cannot be written here (${(cause as Error).message}): the stack or the memory is used up, by the callers of this or by a getter that calls itself.`,
    { cause },
  )
}
