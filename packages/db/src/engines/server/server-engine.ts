import { PersistError } from "@persist/core"
import type { Dialect, QueryResult } from "kysely"
import { strayTransaction } from "../../errors/session-error.ts"
import { ConnectionPool } from "../../pool/connection-pool.ts"
import type { PoolStatistics } from "../../pool/pool-statistics.ts"
import { cancellable } from "../cancellable.ts"
import type { Engine, EngineName, Subscription } from "../engine.ts"
import type { EngineConnection, Holder, WaitOptions } from "../engine-connection.ts"
import { writeUnknown } from "./commit-error.ts"
import type { ServerConnection, ServerDriver } from "./server-driver.ts"

/** Milliseconds that a connection may be idle: the server has room for only so many, and other programs want some. */
const idleLife = 30_000
/** The same of one that a pool of the caller's has lent: whoever asks that pool meanwhile waits. */
const idleLoan = 50

const statementHolder: Holder = { describe: () => "a single statement" }

/** Too many connections: of the server, of a database or role (PostgreSQL), of a user (MySQL). */
function isFull(error: unknown): boolean {
  const cause = PersistError.is(error) ? error.cause : undefined
  const { code, errno } = (cause ?? {}) as { code?: unknown; errno?: unknown }
  return code === "53300" || errno === 1040 || errno === 1203 || errno === 1226
}

/** A database behind a pool of connections. */
export class ServerEngine implements Engine {
  readonly name: EngineName
  readonly location: string
  readonly isPersistent: boolean
  readonly dialect: Dialect
  readonly listen?: (channel: string, onNotify: () => void) => Promise<Subscription>
  readonly #driver: ServerDriver
  readonly #pool: ConnectionPool<ServerConnection>

  constructor(driver: ServerDriver, acquireTimeout: number) {
    this.#driver = driver
    this.name = driver.name
    this.location = driver.location
    this.isPersistent = driver.isPersistent
    this.dialect = driver.dialect
    if (driver.listen !== undefined) this.listen = driver.listen
    this.#pool = new ConnectionPool<ServerConnection>({
      name: driver.location,
      limit: driver.limit,
      acquireTimeout,
      open: () => driver.connect(),
      close: (connection) => connection.close(),
      isUsable: (connection) => !connection.isBroken,
      isFull,
      idleLife: driver.isLent ? idleLoan : idleLife,
      isShared: driver.isLent,
    })
  }

  async run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    const idle = signal?.aborted ? undefined : this.#pool.tryAcquire(statementHolder)
    const connection = idle ?? (await this.#pool.acquire({ holder: statementHolder, signal }))
    try {
      const result = await (signal === undefined
        ? connection.run<R>(sql, parameters)
        : cancellable(connection, signal, (onStart) => connection.run<R>(sql, parameters, onStart)))
      if (connection.inTransaction) throw strayTransaction(sql)
      return result
    } catch (error) {
      throw connection.isBroken ? writeUnknown(sql, error) : error
    } finally {
      const releasing = this.release(connection)
      if (releasing !== undefined) await releasing
    }
  }

  async *stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    const holder = { describe: () => `a stream of: ${sql.slice(0, 80)}` }
    const connection = await this.#pool.acquire({ holder, signal })
    const chunks = connection.stream<R>(sql, parameters, chunkSize)
    const next = (onStart?: () => void) => {
      onStart?.()
      return chunks.next()
    }
    try {
      for (;;) {
        const chunk = await (signal ? cancellable(connection, signal, next) : next())
        if (chunk.done) return
        yield chunk.value
      }
    } catch (error) {
      throw connection.isBroken ? writeUnknown(sql, error) : error
    } finally {
      await chunks.return?.()
      await this.release(connection)
    }
  }

  async acquire(_access: "read" | "write", wait: WaitOptions): Promise<ServerConnection> {
    return this.#pool.tryAcquire(wait.holder) ?? this.#pool.acquire(wait)
  }

  release(connection: EngineConnection): Promise<void> | void {
    const mine = connection as ServerConnection
    if (mine.inTransaction && !mine.isBroken) {
      return mine.rollback().then(() => this.#pool.release(mine))
    }
    this.#pool.release(mine)
  }

  statistics(): PoolStatistics {
    return this.#pool.statistics()
  }

  async close(): Promise<void> {
    await this.#pool.close()
    await this.#driver.close()
  }
}
