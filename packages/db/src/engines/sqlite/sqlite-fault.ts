import { isError } from "@persist/core/options"
import type { DatabaseFault } from "../../errors/database-error.ts"

/** The part of better-sqlite3's error that is read. */
export interface SqliteErrorLike {
  readonly code: string
  readonly message: string
}

/** Whether `error` came from SQLite itself. */
export function isSqliteError(error: unknown): error is SqliteErrorLike & Error {
  return (
    isError(error) &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith("SQLITE_")
  )
}

/** The driver makes functions for rows out of text, and throws an `EvalError` where the process may not. */
export const mayNotGenerateCode: DatabaseFault = {
  code: "ERR_PERSIST_UNSUPPORTED",
  what: "better-sqlite3 needs to generate code from strings, which this process forbids; start Node without --disallow-code-generation-from-strings, or keep the data in the FileStorage of @persist/file",
}

/** Whether waiting may help: another connection holds the lock. A stale snapshot is another matter. */
export function isBusy(error: unknown): boolean {
  if (!isSqliteError(error)) return false
  const { code } = error
  return (
    (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) &&
    code !== "SQLITE_BUSY_SNAPSHOT"
  )
}

/** Reads an error of SQLite. */
export function sqliteFault(error: SqliteErrorLike): DatabaseFault {
  const { code, message } = error
  if (code.startsWith("SQLITE_CONSTRAINT")) return constraintFault(code, message)
  if (code === "SQLITE_BUSY_SNAPSHOT") {
    return {
      code: "ERR_PERSIST_SERIALIZATION",
      what: "Another connection wrote after this session had read; run the session again",
    }
  }
  if (isBusyCode(code)) {
    return { code: "ERR_PERSIST_BUSY", what: "Another connection holds the database's lock" }
  }
  // What SQLite has tried for ten seconds; only the caller can tell whether more are worth it.
  if (code === "SQLITE_PROTOCOL") {
    return {
      code: "ERR_PERSIST_BUSY",
      what: `The file's locks could not be had for a long time (${message}); other processes were always faster, or the file system keeps no locks`,
    }
  }
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT_")) {
    return {
      code: "ERR_PERSIST_CORRUPT",
      what: `The database file is damaged or not a database (${message}); restore a backup`,
    }
  }
  if (/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM|NOLFS)/.test(code)) {
    return { code: "ERR_PERSIST_IO", what: `The database file could not be used: ${message}` }
  }
  return statementFault(message)
}

function isBusyCode(code: string): boolean {
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")
}

function statementFault(message: string): DatabaseFault {
  const table = /^no such table: (.+)$/.exec(message)?.[1]
  if (table !== undefined) {
    const name = table.replace(/^main\./, "")
    return {
      code: "ERR_PERSIST_NO_TABLE",
      what: `There is no table "${name}"; create it first`,
      table: name,
    }
  }
  if (/syntax error|incomplete input|unrecognized token/.test(message)) {
    return { code: "ERR_PERSIST_SYNTAX", what: `The statement is not valid SQL: ${message}` }
  }
  return { code: "ERR_PERSIST_QUERY", what: `The statement failed: ${message}` }
}

function constraintFault(code: string, message: string): DatabaseFault {
  const named = /constraint failed: (.+)$/.exec(message)?.[1]
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY") {
    return {
      code: "ERR_PERSIST_FOREIGN_KEY",
      what: "A row refers to one that is not there, or is still referred to",
    }
  }
  if (code === "SQLITE_CONSTRAINT_CHECK") {
    return {
      code: "ERR_PERSIST_CHECK",
      what: `A value breaks the check ${named ?? message}`,
      constraint: named,
    }
  }
  const place = columnsOf(named)
  if (code === "SQLITE_CONSTRAINT_NOTNULL") {
    return {
      code: "ERR_PERSIST_NOT_NULL",
      what: `${named ?? "A column"} must not be null`,
      ...place,
    }
  }
  if (/UNIQUE|PRIMARYKEY|ROWID/.test(code)) {
    return {
      code: "ERR_PERSIST_UNIQUE",
      what: `Another row has the same ${named ?? "value in a unique column"}`,
      ...place,
    }
  }
  return { code: "ERR_PERSIST_QUERY", what: `The statement failed: ${message}` }
}

function columnsOf(named: string | undefined): Partial<DatabaseFault> {
  if (named === undefined) return {}
  const index = /^index '(.+)'$/.exec(named)?.[1]
  if (index !== undefined) return { constraint: index }
  const parts = named.split(", ").map((part) => /^(.*)\.([^.]*)$/.exec(part))
  if (parts.some((part) => part === null)) return {}
  return { table: parts[0]![1]!, columns: parts.map((part) => part![2]!) }
}
