import type { DatabaseConnection, QueryResult } from "kysely"

/** Runs statements where they belong: in a session, or on their own. */
export interface StatementRunner {
  run<R>(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<QueryResult<R>>
  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<QueryResult<R>>
  /** Lends a connection for Kysely's own transactions. */
  provide<T>(
    consumer: (connection: DatabaseConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
}
