import type { QueryResult } from "kysely"
import { beginsWith } from "../../sql/first-word.ts"
import type { MysqlClient, MysqlOutcome } from "./mysql-client.ts"
import { decodeMysql } from "./mysql-values.ts"

type MysqlAnswer = Awaited<ReturnType<MysqlClient["query"]>>
type Row = Record<string, unknown>

/** A statement's result, and whether a transaction is open after it, where the server says so. */
export interface MysqlResult<R> {
  readonly result: QueryResult<R>
  readonly inTransaction?: boolean
}

const statusInTransaction = 1
// MariaDB's `returning`.
const changesRows = beginsWith("insert|replace|delete")

/** What the driver's answer to `sql` says, its values decoded. */
export function mysqlResult<R>([result, fields]: MysqlAnswer, sql: string): MysqlResult<R> {
  if (!Array.isArray(result)) return outcome(result as MysqlOutcome)
  if (Array.isArray(fields?.[0])) {
    // A procedure's results: those of each select, and what became of the call.
    const last = result.findLastIndex(Array.isArray)
    return mysqlResult([result[last], fields[last] as never], sql)
  }
  if (result.length > 0 && fields !== undefined) decodeMysql(result as Row[], fields)
  const rows = result as R[]
  if (!changesRows.test(sql)) return { result: { rows } }
  return { result: { rows, numAffectedRows: BigInt(rows.length) } }
}

function outcome<R>({
  affectedRows,
  changedRows,
  insertId,
  serverStatus,
}: MysqlOutcome): MysqlResult<R> {
  const id = BigInt(insertId)
  const result = {
    rows: [],
    numAffectedRows: BigInt(affectedRows),
    ...(changedRows !== undefined && { numChangedRows: BigInt(changedRows) }),
    ...(id !== 0n && { insertId: id }),
  }
  if (serverStatus === undefined) return { result }
  return { result, inTransaction: (serverStatus & statusInTransaction) !== 0 }
}
