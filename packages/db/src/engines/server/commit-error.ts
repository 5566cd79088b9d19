import { PersistError } from "@persist/core"

/** The connection was lost between asking for the commit and its answer. */
export function commitUnknown(cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    "The connection was lost while committing, so the session may be committed or rolled back; look at the data before running it again.",
    { cause },
  )
}

/** The database rolled back although a commit was asked for. */
export function rolledBackInstead(): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    "A statement of this session failed and its error was caught, so the database rolled the session back instead of committing it; put what may fail into a getSession of its own.",
  )
}
