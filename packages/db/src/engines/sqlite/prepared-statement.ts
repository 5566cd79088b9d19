import { beginsWith } from "../../sql/first-word.ts"
import { insertsRowsWithIds } from "./inserted-rows.ts"
import { RowDecoder } from "./row-decoder.ts"
import type { SqliteDatabase, SqliteStatement } from "./sqlite-database.ts"

/** A prepared statement with what was learnt of it. */
export interface PreparedStatement {
  readonly statement: SqliteStatement
  readonly returnsRows: boolean
  /** Whether the rows that it returns are those that it has changed. */
  readonly returnsChanges: boolean
  /** Whether a row that it changes is one that it inserts, into a table whose rows have ids. */
  readonly insertsRows: boolean
  /** Whether it may change what other statements return. */
  readonly changesSchema: boolean
  /** Whether it may begin or end a transaction. */
  readonly movesTransaction: boolean
  decoder: RowDecoder | undefined
}

const movesTransaction = beginsWith("begin|commit|end|rollback|savepoint|release")
const changesSchema = beginsWith("create|alter|drop|attach|detach|pragma|reindex|vacuum")
const changesRows = beginsWith("insert|update|delete|replace|with")

export function prepareStatement(database: SqliteDatabase, sql: string): PreparedStatement {
  const statement = database.prepare(sql)
  const returnsRows = statement.reader
  // Of a statement without rows it is the id of what it inserted that a number would round.
  statement.safeIntegers(true)
  return {
    statement,
    returnsRows,
    returnsChanges: returnsRows && !statement.readonly && changesRows.test(sql),
    insertsRows: !returnsRows && insertsRowsWithIds(database, sql),
    changesSchema: changesSchema.test(sql),
    movesTransaction: movesTransaction.test(sql),
    decoder: undefined,
  }
}

/** Gives rows of `prepared` the values that they have on every engine, in place. */
export function decodeRows(
  prepared: PreparedStatement,
  rows: readonly Record<string, unknown>[],
): void {
  if (prepared.decoder === undefined || !prepared.decoder.fits(rows[0]!)) {
    prepared.decoder = new RowDecoder(prepared.statement.columns())
  }
  const { decoder } = prepared
  for (const row of rows) decoder.decode(row)
}
