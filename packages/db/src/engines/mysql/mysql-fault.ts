import { isError } from "@persist/core/options"
import { type DatabaseFault, onlyReads } from "../../errors/database-error.ts"

interface MysqlErrorLike {
  readonly errno?: number
  readonly code?: string
  readonly fatal?: boolean
  readonly message: string
}

/** A table was made or changed after the snapshot that the transaction reads. */
const tableChanged = 1412

/** Reads an error of MySQL or MariaDB or of the way to it; `undefined` for one that is neither. */
export function mysqlFault(error: unknown): DatabaseFault | undefined {
  if (!isError(error)) return undefined
  const { errno = 0, code = "", fatal = false, message } = error as MysqlErrorLike
  if (isConnectionLoss(errno, code, message) || fatal) {
    return {
      code: "ERR_PERSIST_CONNECTION",
      what: `The connection to the server failed: ${message}`,
    }
  }
  // The server's words are in its language: names are told by where they stand in quotes.
  switch (errno) {
    case 1062: {
      const key = /'(?:([^']+)\.)?([^']+)'[^']*$/.exec(message)
      const name = key?.[2]
      return {
        code: "ERR_PERSIST_UNIQUE",
        what: `Another row has the same ${name ?? "value in a unique column"}`,
        table: key?.[1],
        constraint: name,
        columns: name === undefined || name === "PRIMARY" ? undefined : [name],
      }
    }
    case 1216:
    case 1217:
    case 1451:
    case 1452: {
      const found = /CONSTRAINT `(.+?)` FOREIGN KEY \(`(.+?)`\)/.exec(message)
      return {
        code: "ERR_PERSIST_FOREIGN_KEY",
        what: "A row refers to one that is not there, or is still referred to",
        constraint: found?.[1],
        columns: found?.[2]?.split("`, `"),
      }
    }
    case 1048:
    case 1364: {
      const column = /'(.+?)'/.exec(message)?.[1]
      return {
        code: "ERR_PERSIST_NOT_NULL",
        what: `Column "${column}" must not be null`,
        columns: column === undefined ? undefined : [column],
      }
    }
    case 3819:
    case 4025: {
      const constraint = /['`](.+?)['`]/.exec(message)?.[1]
      return {
        code: "ERR_PERSIST_CHECK",
        what: `A value breaks the check ${constraint}`,
        constraint,
      }
    }
    case 1020:
    case 1213:
    case tableChanged:
      return {
        code: "ERR_PERSIST_SERIALIZATION",
        what: `Another session was in the way (${message}); run the session again`,
      }
    case 1290:
    case 1792:
    case 1836:
      // Other options of a server prevent statements too.
      if (errno === 1290 && !/read[-_]only/.test(message)) break
      return onlyReads
    case 1205:
    case 3572:
      return { code: "ERR_PERSIST_BUSY", what: "Another session holds a lock" }
    case 1969:
    case 3024:
      return {
        code: "ERR_PERSIST_TIMEOUT",
        what: "The statement took longer than the server lets it",
      }
    case 1064:
    case 1149:
      return { code: "ERR_PERSIST_SYNTAX", what: `The statement is not valid SQL: ${message}` }
    case 1051:
    case 1146: {
      const table = /'(?:[^']+?\.)?([^']+)'/.exec(message)?.[1]
      return { code: "ERR_PERSIST_NO_TABLE", what: `There is no table "${table}"`, table }
    }
  }
  // The driver's own words: it sends no file to a server that asks for one.
  if (errno === 0 && message.includes("LOCAL INFILE")) {
    return {
      code: "ERR_PERSIST_UNSUPPORTED",
      what: "No file is sent to the server; use insertMany, or a client of your own",
    }
  }
  if (errno === 0 && !code.startsWith("ER_")) return undefined
  return { code: "ERR_PERSIST_QUERY", what: `The statement failed: ${message}` }
}

/** A statement above `max_allowed_packet`: the server reads nothing of it, and ends the connection after it has said so. */
export function isTooLarge(error: unknown): boolean {
  return isError(error) && (error as MysqlErrorLike).errno === 1153
}

function isConnectionLoss(errno: number, code: string, message: string): boolean {
  if (
    [
      1040, 1042, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1927,
      2006, 2013, 3169,
    ].includes(errno)
  ) {
    return true
  }
  // MySQL ends who is idle with it; to MariaDB the number is a trigger that does not exist.
  if (errno === 4031) return message.includes("wait_timeout")
  if (/^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_|PROTOCOL_)/.test(code)) return true
  return /connection is in closed state|Connection lost/.test(message)
}

/** Whether the server has rolled the whole transaction back, as it does with the loser of a deadlock. */
export function isRolledBack(fault: DatabaseFault, error: unknown): boolean {
  return (
    fault.code === "ERR_PERSIST_SERIALIZATION" && (error as MysqlErrorLike).errno !== tableChanged
  )
}
