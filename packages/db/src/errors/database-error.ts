import { PersistError, type PersistErrorCode } from "@persist/core"
import { withCallers } from "./with-callers.ts"

/** What is known of a database's error, the same on every engine. */
export interface DatabaseFault {
  readonly code: PersistErrorCode
  /** What happened, as a clause: "another row has the same email". */
  readonly what: string
  readonly table?: string | undefined
  readonly columns?: readonly string[] | undefined
  readonly constraint?: string | undefined
}

/** A write in a session that was begun for reading. */
export const onlyReads: DatabaseFault = {
  code: "ERR_PERSIST_SESSION",
  what: 'Nothing was written: the session has "readOnly", or the server only lets read',
}

const longestStatement = 300

/** Makes the error that a caller sees; parameters are never part of it. */
export function databaseError(fault: DatabaseFault, sql: string, cause: unknown): PersistError {
  const { table, columns, constraint } = fault
  const details = {
    sql,
    ...(table !== undefined && { table }),
    ...(columns !== undefined && { columns }),
    ...(constraint !== undefined && { constraint }),
  }
  const message = `${fault.what}. Statement: ${excerpt(sql)}`
  return withCallers(() => new PersistError(fault.code, message, { cause, details }))
}

/** A statement on one line, cut when it is long. */
export function excerpt(sql: string): string {
  const line = sql
    .slice(0, longestStatement * 2)
    .replace(/\s+/g, " ")
    .trim()
  return line.length > longestStatement ? `${line.slice(0, longestStatement)}…` : line
}
