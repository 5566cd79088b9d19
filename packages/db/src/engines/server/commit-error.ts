import { PersistError } from "@persist/core"
import { excerpt } from "../../errors/database-error.ts"
import { beginsWith } from "../../sql/first-word.ts"

/** The connection was lost between asking for the commit and its answer. */
export function commitUnknown(cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    "The connection was lost while committing, so the session may be committed or rolled back; look at the data before running it again.",
    { cause },
  )
}

/**
 * What `error` means for a statement outside of any session that lost its connection: nobody knows what a write
 * came to, unless the server has answered.
 */
export function writeUnknown(sql: string, cause: unknown): unknown {
  if (!mayWrite(sql) || PersistError.is(cause, "ERR_PERSIST_QUERY")) return cause
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `The connection was lost while "${excerpt(sql)}" ran, so it may have happened or not; look at the data before running it again.`,
    { cause },
  )
}

const reads = beginsWith("select|values|table|show|explain")
const isWith = beginsWith("with")
const writes = /\b(?:insert|update|delete|merge)\b/i

/** Whether a statement may change something; when in doubt, it may. */
export function mayWrite(sql: string): boolean {
  return !reads.test(sql) && (!isWith.test(sql) || writes.test(sql))
}

/** Tells Kysely that the transaction has ended, so that its connection comes back without a rollback. */
const isEnded = Symbol.for("kysely.AbortedTransactionError")

/** The database rolled back although a commit was asked for. */
export function rolledBackInstead(): PersistError {
  const error = new PersistError(
    "ERR_PERSIST_SESSION",
    "A statement of this session failed and its error was caught, so the database rolled the session back instead of committing it; put what may fail into a getSession of its own.",
  )
  return Object.defineProperty(error, isEnded, { value: true })
}
