import { isError } from "@persist/core/options"
import { type DatabaseFault, onlyReads } from "../../errors/database-error.ts"

/** The part of PostgreSQL's error that is read. */
interface PostgresErrorLike {
  readonly severity?: string | undefined
  readonly code?: string | undefined
  readonly message: string
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  readonly detail?: string | undefined
  /** The function of the server that found it: unlike its words, the same in every language. */
  readonly routine?: string | undefined
}

/** Reads an error of PostgreSQL or of the way to it; `undefined` for one that is neither. */
export function postgresFault(error: unknown): DatabaseFault | undefined {
  if (!isError(error)) return undefined
  const fault = error as PostgresErrorLike
  const { severity = "", code = "", message, table, constraint, routine = "" } = fault
  const isFatal = /^(?:FATAL|PANIC)$/.test(severity)
  // Bytes that the type of their parameter cannot be are a violation of the protocol too, but of this statement's only.
  const isOfStatement = code === "08P01" && severity !== "" && !isFatal
  if (isFatal || (!isOfStatement && isConnectionLoss(code, message))) {
    return {
      code: "ERR_PERSIST_CONNECTION",
      what: `The connection to the server failed: ${message}`,
    }
  }
  const place = { table, constraint }
  switch (code) {
    case "23505": {
      const columns = columnsOf(fault)
      const same = columns?.join(", ") ?? constraint ?? "value in a unique column"
      return {
        code: "ERR_PERSIST_UNIQUE",
        what: `Another row has the same ${same}`,
        ...place,
        columns,
      }
    }
    case "23503":
      return {
        code: "ERR_PERSIST_FOREIGN_KEY",
        what: "A row refers to one that is not there, or is still referred to",
        ...place,
        columns: columnsOf(fault),
      }
    case "23502":
      return {
        code: "ERR_PERSIST_NOT_NULL",
        what: `${table}.${fault.column} must not be null`,
        ...place,
        columns: fault.column === undefined ? undefined : [fault.column],
      }
    case "23514":
      return { code: "ERR_PERSIST_CHECK", what: `A value breaks the check ${constraint}`, ...place }
    case "40001":
    case "40P01":
      return {
        code: "ERR_PERSIST_SERIALIZATION",
        what: `Another session was in the way (${message}); run the session again`,
      }
    case "57014":
      // Somebody ended it by hand; in other languages that cannot be told from a limit of time.
      if (message.includes("user request")) break
      return {
        code: "ERR_PERSIST_TIMEOUT",
        what: `The statement took longer than the server lets it (${message})`,
      }
    case "25006":
      return onlyReads
    case "55P03":
      return { code: "ERR_PERSIST_BUSY", what: "Another session holds a lock" }
    case "25P02":
      return {
        code: "ERR_PERSIST_SESSION",
        what: "An earlier statement of this session failed, and PostgreSQL then refuses all others; put what may fail into a getSession of its own",
      }
    case "42601":
      return { code: "ERR_PERSIST_SYNTAX", what: `The statement is not valid SQL: ${message}` }
    case "42P01": {
      // A name in the statement that its own "from" does not have.
      if (/^(?:errorMissingRTE|transformLockingClause)$/.test(routine)) break
      const name = quoted.exec(message)?.[1]?.trim()
      const what =
        name === undefined ? `A table is missing: ${message}` : `There is no table "${name}"`
      return { code: "ERR_PERSIST_NO_TABLE", what, table: name }
    }
    case "53100":
      return { code: "ERR_PERSIST_IO", what: `The server's disk is full: ${message}` }
  }
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined
  return { code: "ERR_PERSIST_QUERY", what: `The statement failed: ${message}${advice(fault)}` }
}

/** What stands in quotes, of whatever language. */
const quoted = /["»«„“](.+)["»«“”]/

/** What to do about it, where the server's words do not tell. */
function advice({ code, message, routine = "" }: PostgresErrorLike): string {
  if (code === "22P02" && /^json_er/.test(routine)) {
    return "; for JSON give the JSON.stringify(…) of a value"
  }
  if (code === "42P05" && /persist_\w+/.test(message)) {
    return '; a pooler seems to lend one connection to several clients, which needs "statementCache": 0'
  }
  return ""
}

function isConnectionLoss(code: string, message: string): boolean {
  if (/^(?:08|57P|28|25P0[34]|53300|3D000)/.test(code)) return true
  if (/^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_)/.test(code)) return true
  return /Connection terminated|Client has encountered a connection error|not queryable/.test(
    message,
  )
}

function columnsOf({ detail }: PostgresErrorLike): readonly string[] | undefined {
  const list = detail === undefined ? undefined : /^[^(]*\((.+?)\)=\(/.exec(detail)?.[1]
  return list?.split(", ").map((column) => column.replace(/^"|"$/g, ""))
}
