import type {
  AbortableOperationOptions,
  DatabaseConnection,
  Driver,
  QueryCompiler,
  TransactionSettings,
} from "kysely"
import { beginSql } from "../engines/begin-sql.ts"
import type { Engine } from "../engines/engine.ts"
import { LazyConnection } from "./lazy-connection.ts"
import { beginSettings, savepointSql } from "./transaction-sql.ts"

type Compile = QueryCompiler["compileQuery"]

/** An engine as a driver of a Kysely of the caller's own. */
export class EngineDriver implements Driver {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async init(): Promise<void> {}

  async acquireConnection(options?: AbortableOperationOptions): Promise<DatabaseConnection> {
    return new LazyConnection(this.#engine, options?.signal)
  }

  async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const lazy = connection as LazyConnection
    const begin = beginSettings(settings)
    const texts = beginSql(this.#engine.name, begin)
    for (const text of texts.slice(0, -1)) await lazy.command(text, () => {})
    await lazy.command(texts.at(-1)!, (held) => held.begin(begin))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as LazyConnection).command("commit", (held) => held.commit())
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as LazyConnection).command("rollback", (held) => held.rollback())
  }

  async savepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    await runSavepoint(connection, savepointSql("savepoint", name, compile))
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    await runSavepoint(connection, savepointSql("rollback to", name, compile))
  }

  async releaseSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    await runSavepoint(connection, savepointSql("release savepoint", name, compile))
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await (connection as LazyConnection).release()
  }

  async destroy(): Promise<void> {
    await this.#engine.close()
  }
}

async function runSavepoint(connection: DatabaseConnection, sql: string): Promise<void> {
  await (connection as LazyConnection).command(sql, async (held) => {
    await held.run(sql, [])
  })
}
