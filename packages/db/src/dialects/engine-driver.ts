import type {
  AbortableOperationOptions,
  CompiledQuery,
  DatabaseConnection,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from "kysely"
import type { Engine } from "../engines/engine.ts"
import type { EngineConnection } from "../engines/engine-connection.ts"
import { mayWrite, writeUnknown } from "../engines/server/commit-error.ts"
import { beginsWith } from "../sql/first-word.ts"
import { savepointSql } from "./savepoint.ts"

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
    const held = await (connection as LazyConnection).hold()
    await held.begin({
      isolationLevel: settings.isolationLevel,
      readOnly: settings.accessMode === "read only",
    })
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (await (connection as LazyConnection).hold()).commit()
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (await (connection as LazyConnection).hold()).rollback()
  }

  async savepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    const held = await (connection as LazyConnection).hold()
    await held.run(savepointSql("savepoint", name, compile), [])
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    const held = await (connection as LazyConnection).hold()
    await held.run(savepointSql("rollback to savepoint", name, compile), [])
  }

  async releaseSavepoint(
    connection: DatabaseConnection,
    name: string,
    compile: Compile,
  ): Promise<void> {
    const held = await (connection as LazyConnection).hold()
    await held.run(savepointSql("release savepoint", name, compile), [])
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await (connection as LazyConnection).release()
  }

  async destroy(): Promise<void> {
    await this.#engine.close()
  }
}

const movesTransaction = beginsWith("begin|commit|end|rollback|savepoint|release")

/**
 * On servers one connection from the first statement on. On SQLite, where only one writes, it is taken for a
 * transaction; until then the engine routes each query.
 */
class LazyConnection implements DatabaseConnection {
  readonly #engine: Engine
  readonly #signal: AbortSignal | undefined
  #held: EngineConnection | undefined

  constructor(engine: Engine, signal: AbortSignal | undefined) {
    this.#engine = engine
    this.#signal = signal
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const isRouted = this.#engine.name === "sqlite" && !movesTransaction.test(sql)
    if (isRouted && this.#held === undefined) return this.#engine.run<R>(sql, parameters)
    const held = await this.hold()
    const isOnItsOwn = !held.inTransaction
    try {
      return await held.run<R>(sql, parameters)
    } catch (error) {
      throw isOnItsOwn && held.isBroken && mayWrite(sql) ? writeUnknown(sql, error) : error
    }
  }

  streamQuery<R>(
    { sql, parameters }: CompiledQuery,
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<R>> {
    return (this.#held ?? this.#engine).stream<R>(sql, parameters, Math.max(1, chunkSize))
  }

  async cancelQuery(): Promise<void> {
    await this.#held?.cancel()
  }

  async hold(): Promise<EngineConnection> {
    const holder = { describe: () => "a Kysely connection" }
    this.#held ??= await this.#engine.acquire("write", { holder, signal: this.#signal })
    return this.#held
  }

  async release(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) await this.#engine.release(held)
  }
}
