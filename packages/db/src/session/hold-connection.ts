import type {
  CompiledQuery,
  DatabaseConnection,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from "kysely"
import { beginSettings, savepointSql } from "../dialects/transaction-sql.ts"
import type { Hold } from "./hold.ts"

type Compile = QueryCompiler["compileQuery"]

/** A hold as Kysely's transactions see it. */
export class HoldConnection implements DatabaseConnection {
  readonly hold: Hold
  readonly #target: () => Hold

  /** `target` finds the innermost hold that a statement made now belongs to. */
  constructor(hold: Hold, target: () => Hold) {
    this.hold = hold
    this.#target = target
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#target().run(query.sql, query.parameters)
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#target().stream(query.sql, query.parameters, Math.max(1, chunkSize))
  }
}

/** Kysely's view of transactions: `begin` inside a session is a savepoint. */
export class HoldDriver implements Driver {
  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    throw new Error("connections come from the executor")
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await holdOf(connection).begin(beginSettings(settings))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await holdOf(connection).commit()
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await holdOf(connection).rollback()
  }

  async savepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    await holdOf(connection).run(savepointSql("savepoint", name, compile), [])
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    await holdOf(connection).run(savepointSql("rollback to", name, compile), [])
  }

  async releaseSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    await holdOf(connection).run(savepointSql("release savepoint", name, compile), [])
  }

  async destroy(): Promise<void> {}
}

function holdOf(connection: DatabaseConnection): Hold {
  return (connection as HoldConnection).hold
}
