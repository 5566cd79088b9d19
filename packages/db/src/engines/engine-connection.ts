import type { IsolationLevel, QueryResult } from "kysely"

/** How a transaction starts. */
export interface BeginSettings {
  readonly isolationLevel?: IsolationLevel | undefined
  readonly readOnly?: boolean | undefined
  /** Asks for writing where a server's default is not to. */
  readonly readWrite?: boolean | undefined
  /** SQLite only: whether the write lock is taken at once. @default "immediate" */
  readonly mode?: "immediate" | "deferred" | "exclusive" | undefined
  readonly signal?: AbortSignal | undefined
}

/** Who wants a connection, and for how long they wait. */
export interface WaitOptions {
  /** Names the holder in the error of somebody who waited in vain. */
  readonly holder: Holder
  readonly signal?: AbortSignal | undefined
}

/** Somebody who holds a connection. */
export interface Holder {
  describe(): string
}

/** One connection in exclusive use. What it throws is a `PersistError`. */
export interface EngineConnection {
  /** Whether the database has a transaction open on this connection. */
  readonly inTransaction: boolean
  /** Whether the connection is of no further use. */
  readonly isBroken: boolean

  /** `onStart` is called when those before it have ended and it is sent, unless that throws. */
  run<R>(sql: string, parameters: readonly unknown[], onStart?: () => void): Promise<QueryResult<R>>
  /** `run` without waiting, where the engine is part of this process. */
  runOrFail?(sql: string, parameters: readonly unknown[]): QueryResult<unknown>
  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<R>>

  begin(settings: BeginSettings): Promise<void> | void
  /** @throws `ERR_PERSIST_INDETERMINATE` when the connection was lost before the answer came. */
  commit(): Promise<void> | void
  /** Rolls back when there is something to roll back; a connection that cannot is broken, not an error. */
  rollback(): Promise<void>
  /** Whether what a statement sets, locks or makes stays with the connection when its transaction has ended; servers only. */
  leavesTraces?(sql: string, parameters: readonly unknown[]): boolean
  /** Makes the connection one that is closed when it is given back; servers only. */
  abandon?(): void
  /** Asks the database to end the statement that runs now; resolves when it has been asked. */
  cancel(): Promise<void>
}
