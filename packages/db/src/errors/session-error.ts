import { PersistError } from "@persist/core"
import { excerpt } from "./database-error.ts"

/** A transaction that was begun by hand, outside of any session. */
export function strayTransaction(sql: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `"${excerpt(sql)}" left a transaction open outside of any session; it was rolled back. Use getSession(work), which commits, rolls back and releases.`,
  )
}

/** A call that cannot wait met a session. */
export function writerHeld(holders: readonly string[]): PersistError {
  return new PersistError(
    "ERR_PERSIST_BUSY",
    `The connection that writes is held by ${holders.join("; ")}, and a synchronous call cannot wait; use the asynchronous one.`,
  )
}

/** A session used after its end. */
export function sessionEnded(description: string, reason: unknown): PersistError {
  const why = reason === undefined ? "has ended" : "was ended"
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `${description} ${why}, so this statement was not run. Await everything that belongs to a session before its work returns; wrap what does not belong to it in database.outside(…).`,
    reason === undefined ? {} : { cause: reason },
  )
}

/** A transaction that the database itself gave up. */
export function sessionLost(description: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `The database rolled ${description} back after an error (see cause), so this statement was not run.`,
    { cause },
  )
}

/** A session that returned before one nested in it. */
export function nestedUnfinished(description: string, nested: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `${description} returned while ${nested}, nested in it, was still open; both were rolled back. Await the nested one.`,
  )
}

/** An option that only the outermost session can have. */
export function nestedOption(option: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `getSession: "${option}" is set on a session inside another; only the outermost one can have it.`,
  )
}

/** A session still open at `close()`. */
export function closedDuring(description: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CLOSED",
    `The database was closed while ${description} was running; it was rolled back. Await your sessions before close().`,
  )
}

/** A statement after `close()`. */
export function databaseClosed(): PersistError {
  return new PersistError(
    "ERR_PERSIST_CLOSED",
    "This DatabaseStorage is closed, so nothing was run; open a new one.",
  )
}

/** A statement that ended the transaction under its session, such as a commit by hand. */
export function transactionEnded(description: string, sql: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `"${excerpt(sql)}" ended the transaction of ${description}. Leave commit and rollback to the session; on MySQL, change schemas outside of sessions.`,
  )
}

/** A lease asked for inside a session, where its row would be seen by others only at the end. */
export function leaseInSession(name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `withLease("${name}") was called inside a session, whose changes nobody else sees before its end. Take the lease first, and open the session under it.`,
  )
}

/** Care for a whole SQLite database, asked for inside a session that holds the connection it needs. */
export function careInSession(operation: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_SESSION",
    `${operation} was called inside a session, whose connection it needs, so it would wait for ever; call it when the session has ended.`,
  )
}
