import { throwIfAborted } from "@persist/core/options"
import type { Dialect, QueryResult } from "kysely"
import { strayTransaction, writerHeld } from "../../errors/session-error.ts"
import { ConnectionPool } from "../../pool/connection-pool.ts"
import type { PoolStatistics } from "../../pool/pool-statistics.ts"
import type { Engine } from "../engine.ts"
import type { EngineConnection, Holder, WaitOptions } from "../engine-connection.ts"
import { StatementCache } from "../statement-cache.ts"
import { BusyWait, waitWhileBusy } from "./busy-wait.ts"
import { openFailure, openSqlite, sqlitePragmas } from "./open-sqlite.ts"
import { type PreparedStatement, SqliteConnection } from "./sqlite-connection.ts"
import type { SqliteDatabase } from "./sqlite-database.ts"
import { sqliteCompiler } from "./sqlite-dialect.ts"
import { isBusy } from "./sqlite-fault.ts"
import type { SqliteEngineOptions } from "./sqlite-options.ts"

/** What a read-only connection cannot see: the state of the connection that writes. */
const asksForWriter =
  /\b(?:last_insert_rowid|changes|total_changes)\s*\(|^\s*(?:pragma|begin|attach|detach|explain)\b|\btemp\./i

const statementHolder: Holder = { describe: () => "a single statement" }

/**
 * SQLite behind one handle: a connection that writes, lent to one session at a time, and, on a file
 * in WAL mode, several that only read, so that reading never waits for a session.
 */
export class SqliteEngine implements Engine {
  readonly name = "sqlite"
  readonly location: string
  readonly isPersistent: boolean
  readonly dialect: Dialect
  readonly #options: SqliteEngineOptions
  readonly #busyWait: BusyWait
  readonly #routes: StatementCache<PreparedStatement | "writer">
  readonly #writers: ConnectionPool<SqliteConnection>
  readonly #readers: ConnectionPool<SqliteConnection>
  readonly #readerHandles = new Set<SqliteConnection>()
  #writer: SqliteConnection | undefined
  /** Serves single reads at once; never lent. */
  #reader: SqliteConnection | undefined
  #readersAllowed = false
  #lastMark = ""

  constructor(options: SqliteEngineOptions) {
    this.#options = options
    this.location = `sqlite:${options.filename}`
    this.isPersistent = options.filename !== ":memory:" && options.filename !== ""
    this.#busyWait = new BusyWait(options.busyTimeout)
    this.#routes = new StatementCache(options.statementCache)
    this.dialect = sqliteCompiler()
    const common = {
      acquireTimeout: options.acquireTimeout,
      isUsable: (connection: SqliteConnection) => !connection.isBroken,
    }
    this.#writers = new ConnectionPool({
      ...common,
      name: `The writer of ${this.location}`,
      limit: 1,
      open: () => this.#writer!,
      openNow: () => this.#writer!,
      close: () => {},
    })
    this.#readers = new ConnectionPool({
      ...common,
      name: `The readers of ${this.location}`,
      limit: options.readers,
      open: () => this.#openReader(),
      openNow: () => this.#openReader(),
      close: (connection) => {
        connection.database.close()
      },
    })
  }

  async run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    throwIfAborted(signal, "The statement")
    if (this.#writer === undefined) await this.#open(signal)
    const prepared = this.#reader && this.#readable(sql, this.#reader)
    if (prepared !== undefined) return this.#read(prepared, sql, parameters)
    const writer =
      this.#writers.tryAcquire(statementHolder) ??
      (await this.#writers.acquire({ holder: statementHolder, signal }))
    try {
      return await this.#write(writer, sql, parameters)
    } finally {
      this.#writers.release(writer)
    }
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    if (this.#writer === undefined) await this.#open(signal)
    const isRead = this.#reader !== undefined && this.#readable(sql, this.#reader) !== undefined
    if (!isRead) {
      const { rows } = await this.run<R>(sql, parameters, signal)
      for (let start = 0; start < rows.length; start += chunkSize) {
        yield { rows: rows.slice(start, start + chunkSize) }
      }
      return
    }
    const holder = { describe: () => `a stream of: ${sql.slice(0, 80)}` }
    const reader = await this.#readers.acquire({ holder, signal })
    try {
      yield* reader.stream<R>(sql, parameters, chunkSize)
    } finally {
      this.#readers.release(reader)
    }
  }

  acquire(
    access: "read" | "write",
    wait: WaitOptions,
  ): Promise<SqliteConnection> | SqliteConnection {
    if (this.#writer === undefined) return this.#openAndAcquire(access, wait)
    const pool = access === "read" && this.#reader !== undefined ? this.#readers : this.#writers
    return pool.tryAcquire(wait.holder) ?? pool.acquire(wait)
  }

  async #openAndAcquire(access: "read" | "write", wait: WaitOptions): Promise<SqliteConnection> {
    await this.#open(wait.signal)
    return this.acquire(access, wait)
  }

  release(connection: EngineConnection): Promise<void> | void {
    const mine = connection as SqliteConnection
    if (mine.inTransaction) mine.rollbackNow()
    if (mine === this.#writer) this.#writers.release(mine)
    else this.#readers.release(mine)
  }

  get filename(): string {
    return this.#options.filename
  }

  /** Forgets every prepared statement, after what they were made for has changed. */
  forgetStatements(): void {
    this.#routes.clear()
    this.#writer?.forgetStatements()
    for (const reader of this.#readerHandles) reader.forgetStatements()
  }

  /**
   * Lends the writer to `work` without waiting; opens the database if need be.
   *
   * @throws `ERR_PERSIST_BUSY` when a session holds it.
   */
  lendNow<T>(work: (writer: SqliteConnection) => T): T {
    this.#openIfClosed()
    const writer = this.#writers.tryAcquire(statementHolder)
    if (writer === undefined) throw writerHeld(this.#writers.statistics().holders)
    try {
      return work(writer)
    } finally {
      this.#writers.release(writer)
    }
  }

  /**
   * Runs one statement without waiting for anybody but other processes.
   *
   * @throws `ERR_PERSIST_BUSY` when it writes while a session does.
   */
  runNow<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    this.#openIfClosed()
    if (this.#reader !== undefined && this.#readable(sql, this.#reader) !== undefined) {
      return this.#reader.runOrFail(sql, parameters)
    }
    return this.lendNow((writer) => writer.runOrFail<R>(sql, parameters))
  }

  /** Something that is another after every commit, of whatever process; the last one during a session in memory. */
  changeMark(): string {
    this.#openIfClosed()
    const writer = this.#writer!
    if (this.#reader !== undefined) {
      return String(this.#reader.database.pragma("data_version", { simple: true }))
    }
    if (writer.inTransaction) return this.#lastMark
    const version = writer.database.pragma("data_version", { simple: true })
    const { rows } = writer.runNow<{ changes: number }>("select total_changes() as changes", [])
    this.#lastMark = `${version}:${rows[0]!.changes}`
    return this.#lastMark
  }

  statistics(): PoolStatistics {
    const writers = this.#writers.statistics()
    const readers = this.#readers.statistics()
    return {
      open: writers.open + readers.open + (this.#reader ? 1 : 0),
      used: writers.used + readers.used,
      waiting: writers.waiting + readers.waiting,
      limit: writers.limit + readers.limit,
      holders: [...writers.holders, ...readers.holders],
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#readers.close(), this.#writers.close()])
    for (const { database } of this.#readerHandles) if (database.open) database.close()
    const database = this.#writer?.database
    if (database?.open && this.#options.client === undefined) {
      if (!database.readonly) database.pragma("optimize")
      database.close()
    }
  }

  /** The statement on the reader, when it is one that only reads what is committed. */
  #readable(sql: string, reader: SqliteConnection): PreparedStatement | undefined {
    const known = this.#routes.get(sql)
    if (known !== undefined) return known === "writer" ? undefined : known
    const prepared = asksForWriter.test(sql) ? undefined : tryPrepare(reader, sql)
    this.#routes.set(sql, prepared ?? "writer")
    return prepared
  }

  async #read<R>(
    prepared: PreparedStatement,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<QueryResult<R>> {
    const reader = this.#reader!
    try {
      return reader.runPrepared(prepared, sql, parameters)
    } catch (error) {
      if (!isBusy(error)) throw reader.failure(error, sql)
    }
    const attempt = () => reader.runPrepared<R>(prepared, sql, parameters)
    return waitWhileBusy(this.#busyWait, undefined, attempt).catch((error: unknown) => {
      throw reader.failure(error, sql)
    })
  }

  async #write<R>(
    writer: SqliteConnection,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<QueryResult<R>> {
    const result = await writer.run<R>(sql, parameters)
    if (!writer.inTransaction) return result
    await writer.rollback()
    throw strayTransaction(sql)
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    try {
      await waitWhileBusy(this.#busyWait, signal, () => this.#openNow(0))
    } catch (error) {
      throw openFailure(error, this.#options.filename)
    }
  }

  #openIfClosed(): void {
    if (this.#writer !== undefined) return
    try {
      this.#openNow(this.#options.busyTimeout)
    } catch (error) {
      throw openFailure(error, this.#options.filename)
    }
  }

  #openNow(blockFor: number): void {
    if (this.#writer !== undefined) return
    const { client, filename } = this.#options
    const database = client ?? openSqlite(filename, {})
    try {
      if (client === undefined) this.#prepareFile(database, blockFor)
    } catch (error) {
      database.close()
      throw error
    }
    this.#writer = this.#connection(database)
    if (this.#readersAllowed) {
      this.#reader = this.#openReader()
    }
  }

  #prepareFile(database: SqliteDatabase, blockFor: number): void {
    if (blockFor > 0) database.pragma(`busy_timeout = ${blockFor}`)
    const mode = database.pragma("journal_mode = wal", { simple: true })
    for (const pragma of sqlitePragmas(this.#options.durability)) database.pragma(pragma)
    if (blockFor > 0) database.pragma("busy_timeout = 0")
    this.#readersAllowed = mode === "wal" && this.#options.readers > 0
  }

  #openReader(): SqliteConnection {
    const database = openSqlite(this.#options.filename, { readonly: true })
    for (const pragma of sqlitePragmas(this.#options.durability)) database.pragma(pragma)
    const reader = this.#connection(database)
    this.#readerHandles.add(reader)
    return reader
  }

  #connection(database: SqliteDatabase): SqliteConnection {
    return new SqliteConnection(database, {
      statementCache: this.#options.statementCache,
      busyWait: this.#busyWait,
      onSchemaChange: () => this.forgetStatements(),
    })
  }
}

function tryPrepare(reader: SqliteConnection, sql: string): PreparedStatement | undefined {
  try {
    const prepared = reader.prepareUnshared(sql)
    return prepared.returnsRows && prepared.statement.readonly ? prepared : undefined
  } catch {
    // The writer may know more, such as a temporary table; if not, its error is the one to show.
    return undefined
  }
}
