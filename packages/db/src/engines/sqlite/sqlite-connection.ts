import { PersistError } from "@persist/core"
import { othersTurn } from "@persist/core/options"
import type { QueryResult } from "kysely"
import { databaseError, onlyReads } from "../../errors/database-error.ts"
import { beginSql } from "../begin-sql.ts"
import type { BeginSettings, EngineConnection } from "../engine-connection.ts"
import { inChunks } from "../in-chunks.ts"
import { StatementCache } from "../statement-cache.ts"
import { bindSqlite } from "./bind.ts"
import { type BusyWait, blockWhileBusy, waitWhileBusy } from "./busy-wait.ts"
import { decodeRows, type PreparedStatement, prepareStatement } from "./prepared-statement.ts"
import type { SqliteDatabase } from "./sqlite-database.ts"
import { isBusy, isSqliteError, mayNotGenerateCode, sqliteFault } from "./sqlite-fault.ts"

type Row = Record<string, unknown>

export interface SqliteConnectionOptions {
  /** Most prepared statements to keep. */
  readonly statementCache: number
  readonly busyWait: BusyWait
  /** Called after a statement that may have changed what others return. */
  readonly onSchemaChange: () => void
  /** Whether others use the handle too, so that its state is nothing to remember. */
  readonly isForeign: boolean
}

/** One better-sqlite3 handle with its prepared statements. */
export class SqliteConnection implements EngineConnection {
  readonly database: SqliteDatabase
  readonly #statements: StatementCache<PreparedStatement>
  readonly #busyWait: BusyWait
  readonly #onSchemaChange: () => void
  readonly #isForeign: boolean
  /** Whether the transaction must not write, although the handle can. */
  #isReadOnly = false
  /** What SQLite told last; `undefined` when that may have changed. Asking it costs a native call. */
  #inTransaction: boolean | undefined
  /** Whether the transaction was begun here, and not by the owner of the handle. */
  #hasBegun = false
  /** What waits for the lock of another process. */
  readonly #waits = new Set<AbortController>()

  constructor(database: SqliteDatabase, options: SqliteConnectionOptions) {
    this.database = database
    this.#statements = new StatementCache(options.statementCache)
    this.#busyWait = options.busyWait
    this.#onSchemaChange = options.onSchemaChange
    this.#isForeign = options.isForeign
  }

  /** Whether a transaction of ours is open. */
  get inTransaction(): boolean {
    if (this.#isForeign) return this.#hasBegun && this.database.inTransaction
    this.#inTransaction ??= this.database.inTransaction
    return this.#inTransaction
  }

  get isBroken(): boolean {
    return !this.database.open
  }

  /** Runs a statement at once. @throws SQLite's error as it is, busy included. */
  runNow<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    return this.runPrepared(this.prepare(sql), parameters)
  }

  /** `runNow`, waiting for other processes by blocking this one; what it throws is for callers. */
  runOrFail<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    try {
      return blockWhileBusy(this.inTransaction ? 0 : this.#busyWait.timeout, () =>
        this.runNow<R>(sql, parameters),
      )
    } catch (error) {
      throw this.failure(error, sql)
    }
  }

  runPrepared<R>(prepared: PreparedStatement, parameters: readonly unknown[]): QueryResult<R> {
    const bound = bindSqlite(parameters)
    if (prepared.movesTransaction) this.#inTransaction = undefined
    if (prepared.returnsRows) {
      const rows = prepared.statement.all(bound) as Row[]
      if (rows.length > 0) decodeRows(prepared, rows)
      if (!prepared.returnsChanges) return { rows: rows as R[] }
      return { rows: rows as R[], numAffectedRows: BigInt(rows.length) }
    }
    const wasOpen = prepared.movesTransaction && this.database.inTransaction
    const { changes, lastInsertRowid } = prepared.statement.run(bound)
    if (prepared.movesTransaction) {
      // A savepoint begins none where one is open already.
      this.#hasBegun = this.database.inTransaction && (this.#hasBegun || !wasOpen)
    }
    if (prepared.changesSchema) this.#onSchemaChange()
    const result = { rows: [], numAffectedRows: BigInt(changes) }
    // SQLite goes on telling the row that was inserted last, whatever the statement did.
    if (changes === 0 || !prepared.insertsRows) return result
    return { ...result, insertId: BigInt(lastInsertRowid) }
  }

  /** A hot path: it only waits when another process holds the lock, and calls `onStart` before it does. */
  run<R>(
    sql: string,
    parameters: readonly unknown[],
    onStart?: () => void,
  ): Promise<QueryResult<R>> {
    try {
      const result = this.runNow<R>(sql, parameters)
      // Outside a transaction it is who lent the connection that waits, having taken it back.
      const turn = this.inTransaction ? othersTurn() : undefined
      return turn === undefined ? Promise.resolve(result) : turn.then(() => result)
    } catch (error) {
      if (!this.#busyWait.isWorthwhile(this, error)) return Promise.reject(this.failure(error, sql))
    }
    onStart?.()
    return this.#runWaiting(sql, undefined, () => this.runNow<R>(sql, parameters))
  }

  prepare(sql: string): PreparedStatement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const prepared = this.prepareUnshared(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** Forgets every prepared statement. */
  forgetStatements(): void {
    this.#statements.clear()
  }

  /** For streams: a statement with an open cursor cannot be shared. */
  prepareUnshared(sql: string): PreparedStatement {
    return prepareStatement(this.database, sql)
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    // A connection that writes must run other statements between two chunks, which an open cursor of
    // better-sqlite3 forbids: the rows are read at once there.
    if (!this.database.readonly) {
      yield* inChunks((await this.run<R>(sql, parameters)).rows, chunkSize)
      return
    }
    try {
      for (const chunk of this.#cursor<R>(sql, parameters, chunkSize)) {
        yield chunk
        const turn = othersTurn()
        if (turn !== undefined) await turn
      }
    } catch (error) {
      throw this.failure(error, sql)
    }
  }

  begin(settings: BeginSettings): Promise<void> | void {
    if (settings.readOnly && !this.database.readonly) this.#refuseWrites(true)
    const [begin] = beginSql("sqlite", settings)
    return this.#atOnceOrWaiting(begin!, settings.signal, true)
  }

  commit(): Promise<void> | void {
    if (this.#isReadOnly) this.#refuseWrites(false)
    return this.#atOnceOrWaiting("commit", undefined, false)
  }

  async rollback(): Promise<void> {
    this.rollbackNow()
  }

  rollbackNow(): void {
    if (this.#isReadOnly) this.#refuseWrites(false)
    if (this.inTransaction) this.runNow("rollback", [])
  }

  async cancel(): Promise<void> {
    for (const wait of this.#waits) wait.abort()
  }

  /** Turns what SQLite throws into what a caller sees. */
  failure(error: unknown, sql: string): unknown {
    // SQLite ends the transaction itself after some errors.
    this.#inTransaction = undefined
    this.#hasBegun &&= this.database.inTransaction
    if (PersistError.is(error)) return error
    if (isSqliteError(error)) {
      const isReader = this.#isReadOnly || (this.database.readonly && !this.#isForeign)
      const fault = isReader && error.code === "SQLITE_READONLY" ? onlyReads : sqliteFault(error)
      return databaseError(fault, sql, error)
    }
    if (error instanceof TypeError || error instanceof RangeError) {
      const code = "ERR_PERSIST_INVALID_ARGUMENT"
      return databaseError({ code, what: `The statement cannot run: ${error.message}` }, sql, error)
    }
    if (error instanceof EvalError) return databaseError(mayNotGenerateCode, sql, error)
    return error
  }

  #refuseWrites(areRefused: boolean): void {
    this.#isReadOnly = areRefused
    this.database.pragma(`query_only = ${areRefused ? "on" : "off"}`)
  }

  #atOnceOrWaiting(
    sql: string,
    signal: AbortSignal | undefined,
    isBegun: boolean,
  ): Promise<void> | void {
    try {
      this.prepare(sql).statement.run()
      this.#inTransaction = isBegun
      this.#hasBegun = isBegun
    } catch (error) {
      if (!isBusy(error)) throw this.failure(error, sql)
      return this.#runWaiting(sql, signal, () => void this.runNow(sql, []))
    }
  }

  /** Runs `attempt` until the lock is free; `signal` and `cancel` end that. */
  async #runWaiting<T>(sql: string, signal: AbortSignal | undefined, attempt: () => T): Promise<T> {
    const wait = new AbortController()
    this.#waits.add(wait)
    const ends = signal ? AbortSignal.any([signal, wait.signal]) : wait.signal
    try {
      return await waitWhileBusy(this.#busyWait, ends, attempt)
    } catch (error) {
      throw this.failure(error, sql)
    } finally {
      this.#waits.delete(wait)
    }
  }

  *#cursor<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): Generator<QueryResult<R>, void, undefined> {
    const prepared = this.prepareUnshared(sql)
    let chunk: Row[] = []
    for (const row of prepared.statement.iterate(bindSqlite(parameters)) as Iterable<Row>) {
      chunk.push(row)
      if (chunk.length < chunkSize) continue
      decodeRows(prepared, chunk)
      yield { rows: chunk as R[] }
      chunk = []
    }
    if (chunk.length === 0) return
    decodeRows(prepared, chunk)
    yield { rows: chunk as R[] }
  }
}
