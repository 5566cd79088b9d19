import type { Dialect, QueryResult } from "kysely"
import type { PoolStatistics } from "../pool/pool-statistics.ts"
import type { EngineConnection, WaitOptions } from "./engine-connection.ts"

/** The databases that `DatabaseStorage` speaks to. MariaDB is a `"mysql"`. */
export type EngineName = "sqlite" | "postgres" | "mysql"

/** Notifications that arrive until `end` is called. */
export interface Subscription {
  end(): Promise<void>
}

/** One database: its connections, and statements that need none of their own. */
export interface Engine {
  readonly name: EngineName
  /** Where the database is, without credentials. */
  readonly location: string
  /** Whether the data outlives this process. */
  readonly isPersistent: boolean
  /** Compiles queries for this database. */
  readonly dialect: Dialect

  /** Runs one statement outside of any session. */
  run<R>(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<QueryResult<R>>

  /** Whether `run` reads this beside the connection that writes; only where there is but one. */
  readsAside?(sql: string): boolean

  /** Streams the rows of one statement outside of any session, on a connection of its own. */
  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<QueryResult<R>>

  /** Takes a connection for exclusive use; `release` must follow. */
  acquire(access: "read" | "write", wait: WaitOptions): Promise<EngineConnection> | EngineConnection

  /** Gives a connection back; one that is broken or still in a transaction is not used again. */
  release(connection: EngineConnection): Promise<void> | void

  /** Calls `onNotify` for every notification on a channel, where the database has such a thing. */
  listen?(channel: string, onNotify: () => void): Promise<Subscription>

  /** How many connections are open, used and waited for. */
  statistics(): PoolStatistics

  /** Ends every connection; the engine is not used again. */
  close(): Promise<void>
}
