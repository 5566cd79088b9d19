import { othersTurn, throwIfAborted } from "@persist/core/options"
import type { Dialect, QueryResult } from "kysely"
import { strayTransaction, writerHeld } from "../../errors/session-error.ts"
import { ConnectionPool } from "../../pool/connection-pool.ts"
import type { PoolStatistics } from "../../pool/pool-statistics.ts"
import { cancellable } from "../cancellable.ts"
import type { Engine } from "../engine.ts"
import type { EngineConnection, Holder, WaitOptions } from "../engine-connection.ts"
import { inChunks } from "../in-chunks.ts"
import { BusyWait, waitWhileBusy } from "./busy-wait.ts"
import type { PreparedStatement } from "./prepared-statement.ts"
import type { SqliteConnection } from "./sqlite-connection.ts"
import { sqliteCompiler } from "./sqlite-dialect.ts"
import { isBusy } from "./sqlite-fault.ts"
import { SqliteHandles } from "./sqlite-handles.ts"
import type { SqliteEngineOptions } from "./sqlite-options.ts"

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
  readonly #busyWait: BusyWait
  readonly #handles: SqliteHandles
  readonly #writers: ConnectionPool<SqliteConnection>
  readonly #readers: ConnectionPool<SqliteConnection>

  constructor(options: SqliteEngineOptions) {
    this.location = `sqlite:${options.filename}`
    this.isPersistent = options.filename !== ":memory:" && options.filename !== ""
    this.#busyWait = new BusyWait(options.busyTimeout)
    this.#handles = new SqliteHandles(options, this.#busyWait)
    this.dialect = sqliteCompiler()
    const common = {
      acquireTimeout: options.acquireTimeout,
      isUsable: (connection: SqliteConnection) => !connection.isBroken,
    }
    this.#writers = new ConnectionPool({
      ...common,
      name: `The writer of ${this.location}`,
      limit: 1,
      open: () => this.#handles.writer!,
      openNow: () => this.#handles.writer!,
      close: () => {},
    })
    this.#readers = new ConnectionPool({
      ...common,
      name: `The readers of ${this.location}`,
      limit: options.readers,
      open: () => this.#handles.anotherReader(),
      openNow: () => this.#handles.anotherReader(),
      close: (connection) => {
        connection.database.close()
      },
    })
  }

  /** A hot path: what can be read is read at once, with no more promises than the one returned. */
  run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    const prepared = signal === undefined ? this.#handles.readable(sql) : undefined
    return prepared === undefined
      ? this.#runInTurn(sql, parameters, signal)
      : this.#read(prepared, sql, parameters)
  }

  readsAside(sql: string): boolean {
    return this.#handles.readable(sql) !== undefined
  }

  async #runInTurn<R>(
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    throwIfAborted(signal, "The statement")
    if (this.#handles.writer === undefined) await this.#handles.open(signal)
    const prepared = this.#handles.readable(sql)
    if (prepared !== undefined) return this.#read(prepared, sql, parameters)
    this.#handles.assertUnmoved()
    const writer =
      this.#writers.tryAcquire(statementHolder) ??
      (await this.#writers.acquire({ holder: statementHolder, signal }))
    let result: QueryResult<R>
    try {
      result = await this.#write(writer, sql, parameters, signal)
    } finally {
      this.#writers.release(writer)
    }
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return result
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    if (this.#handles.writer === undefined) await this.#handles.open(signal)
    if (this.#handles.readable(sql) === undefined) {
      yield* inChunks((await this.run<R>(sql, parameters, signal)).rows, chunkSize)
      return
    }
    const holder = { describe: () => `a stream of: ${sql.slice(0, 80)}` }
    const reader = await this.#readers.acquire({ holder, signal })
    try {
      for await (const chunk of reader.stream<R>(sql, parameters, chunkSize)) {
        throwIfAborted(signal, "The stream")
        yield chunk
      }
    } finally {
      this.#readers.release(reader)
    }
  }

  acquire(
    access: "read" | "write",
    wait: WaitOptions,
  ): Promise<SqliteConnection> | SqliteConnection {
    if (this.#handles.writer === undefined) return this.#openAndAcquire(access, wait)
    if (access === "write") this.#handles.assertUnmoved()
    const pool =
      access === "read" && this.#handles.reader !== undefined ? this.#readers : this.#writers
    return pool.tryAcquire(wait.holder) ?? pool.acquire(wait)
  }

  async #openAndAcquire(access: "read" | "write", wait: WaitOptions): Promise<SqliteConnection> {
    await this.#handles.open(wait.signal)
    return this.acquire(access, wait)
  }

  release(connection: EngineConnection): Promise<void> | void {
    const mine = connection as SqliteConnection
    if (mine.inTransaction) mine.rollbackNow()
    if (this.isWriter(mine)) this.#writers.release(mine)
    else this.#readers.release(mine)
    return othersTurn()
  }

  /** Whether others read beside the one that writes; told once the database is open. */
  get hasReaders(): boolean {
    return this.#handles.reader !== undefined
  }

  isWriter(connection: EngineConnection): boolean {
    return connection === this.#handles.writer
  }

  /** Milliseconds to wait for other processes. */
  get busyTimeout(): number {
    return this.#busyWait.timeout
  }

  /** Forgets every prepared statement, after what they were made for has changed. */
  forgetStatements(): void {
    this.#handles.forgetStatements()
  }

  /**
   * Lends the writer to `work` without waiting; opens the database if need be.
   *
   * @throws `ERR_PERSIST_BUSY` when a session holds it.
   */
  lendNow<T>(work: (writer: SqliteConnection) => T): T {
    this.#handles.openNow()
    this.#handles.assertUnmoved()
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
    this.#handles.openNow()
    if (this.#handles.readable(sql) !== undefined) {
      return this.#handles.reader!.runOrFail(sql, parameters)
    }
    return this.lendNow((writer) => writer.runOrFail<R>(sql, parameters))
  }

  /** See `SqliteHandles.changeMark`. */
  changeMark(): string {
    return this.#handles.changeMark()
  }

  statistics(): PoolStatistics {
    const writers = this.#writers.statistics()
    const readers = this.#readers.statistics()
    return {
      open: writers.open + readers.open + (this.#handles.reader ? 1 : 0),
      used: writers.used + readers.used,
      waiting: writers.waiting + readers.waiting,
      limit: writers.limit + readers.limit,
      holders: [...writers.holders, ...readers.holders],
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#readers.close(), this.#writers.close()])
    this.#handles.close()
  }

  #read<R>(
    prepared: PreparedStatement,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<QueryResult<R>> {
    const reader = this.#handles.reader!
    const attempt = () => reader.runPrepared<R>(prepared, parameters)
    try {
      const result = attempt()
      const turn = othersTurn()
      return turn === undefined ? Promise.resolve(result) : turn.then(() => result)
    } catch (error) {
      if (!isBusy(error)) return Promise.reject(reader.failure(error, sql))
    }
    return waitWhileBusy(this.#busyWait, undefined, attempt).catch((error: unknown) => {
      throw reader.failure(error, sql)
    })
  }

  async #write<R>(
    writer: SqliteConnection,
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    const result = await (signal === undefined
      ? writer.run<R>(sql, parameters)
      : cancellable(writer, signal, (onStart) => writer.run<R>(sql, parameters, onStart)))
    if (!writer.inTransaction) return result
    await writer.rollback()
    throw strayTransaction(sql)
  }
}
