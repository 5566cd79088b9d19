import { PersistError } from "@persist/core"

/** The error for what names no checkpoint of the state `name`. */
export function noCheckpoint(name: string, at: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `The state "${name}" has no checkpoint "${at}"; history("${name}") lists them.`,
    { key: name },
  )
}

/** The error for a checkpoint whose base is gone, or does not come before it. */
export function brokenChain(name: string, id: string, base: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `Checkpoint ${id} of "${name}" builds on ${base}, which is not there before it.`,
    { key: name },
  )
}

const unreadable: ReadonlySet<string> = new Set([
  "ERR_PERSIST_CORRUPT",
  "ERR_PERSIST_DECODE",
  "ERR_PERSIST_DECRYPT",
  "ERR_PERSIST_FORMAT",
  "ERR_PERSIST_LIMIT",
  "ERR_PERSIST_RETIRED_KEY",
  "ERR_PERSIST_UNKNOWN_CLASS",
  "ERR_PERSIST_UNKNOWN_KEY",
])

/** Whether this program cannot read one value, damaged or not, and others perhaps can be read. */
export function isUnreadable(error: unknown): error is PersistError {
  return PersistError.is(error) && unreadable.has(error.code)
}
