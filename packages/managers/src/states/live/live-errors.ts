import { type Logger, PersistError } from "@persist/core"

/** The error for a live state that is closed. */
export function closed(action: string, name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CLOSED",
    `${action}: the live state "${name}" is closed; open it again.`,
  )
}

/** The error for what the recipe of an update does to its own live state. */
export function changing(action: string, name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${action}: the live state "${name}" is being changed by the recipe of an update, which would undo this; change the draft that the recipe got.`,
  )
}

/** The error for changes that a reload took away, though they came after it was asked for. */
export function overtaken(name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `What was stored took the place of changes of the live state "${name}" that were made while it was reloaded; make them again.`,
  )
}

/** The error for a recipe or listener that is none. */
export function notAFunction(action: string, name: string, given: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${action} of the live state "${name}" got a ${typeof given}; give a function.`,
  )
}

/** What `merge` gave. @throws `ERR_PERSIST_INVALID_ARGUMENT` for what is no value. */
export function joined<Data>(given: Data, name: string): Data {
  const isPromise = typeof (given as { then?: unknown } | undefined)?.then === "function"
  if (given !== undefined && !isPromise) return given
  if (isPromise) Promise.resolve(given).catch(() => {})
  const what = isPromise ? "a promise" : "undefined"
  const message = `merge of the live state "${name}" returned ${what}; return the joined value.`
  throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
}

/** Nobody may overlook it: without a logger the process warns. */
export function report(name: string, error: unknown, logger: Logger | undefined): void {
  const message = `Saving the live state "${name}" in the background, or telling a listener of it, failed.`
  if (logger?.error) logger.error(message, error)
  else process.emitWarning(`${message} ${String(error)}`, { type: "PersistWarning" })
}
