import type { Durability } from "@persist/core"
import type { SqliteDatabase } from "./sqlite-database.ts"

/** Everything that a `SqliteEngine` is made of, checked and with defaults applied. */
export interface SqliteEngineOptions {
  readonly filename: string
  readonly client: SqliteDatabase | undefined
  readonly durability: Durability
  readonly readers: number
  /** Milliseconds. */
  readonly busyTimeout: number
  /** Milliseconds. */
  readonly acquireTimeout: number
  readonly statementCache: number
}
