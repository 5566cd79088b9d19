import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely"
import type { Engine } from "../engines/engine.ts"
import type { EngineConnection } from "../engines/engine-connection.ts"
import { writeUnknown } from "../engines/server/commit-error.ts"
import { strayTransaction } from "../errors/session-error.ts"
import { kyselyLibrary } from "../sql/kysely-library.ts"

/** What the driver does by itself, in the shape of a query, so that Kysely's log shows it. */
interface Command extends CompiledQuery {
  readonly work: (held: EngineConnection) => Promise<void> | void
}

/**
 * One connection from the first statement on. On SQLite, where only one writes, reads of what is committed go beside
 * it until there is a statement that needs it.
 */
export class LazyConnection implements DatabaseConnection {
  readonly #engine: Engine
  readonly #signal: AbortSignal | undefined
  #held: EngineConnection | undefined
  /** The statement that began a transaction by hand. */
  #begunBy: string | undefined

  constructor(engine: Engine, signal: AbortSignal | undefined) {
    this.#engine = engine
    this.#signal = signal
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query
    if (this.#held === undefined && this.#engine.readsAside?.(sql)) {
      return this.#engine.run<R>(sql, parameters)
    }
    const held = await this.#hold(sql)
    if ("work" in query) {
      await (query as Command).work(held)
      return { rows: [] }
    }
    const isOnItsOwn = !held.inTransaction
    try {
      return await held.run<R>(sql, parameters)
    } catch (error) {
      throw isOnItsOwn && held.isBroken ? writeUnknown(sql, error) : error
    } finally {
      if (isOnItsOwn && held.inTransaction) this.#begunBy = sql
    }
  }

  /** Does `work`, which `text` tells of. */
  async command(text: string, work: Command["work"]): Promise<void> {
    const command: Command = { ...kyselyLibrary().CompiledQuery.raw(text), work }
    await this.executeQuery(command)
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

  async release(): Promise<void> {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    const isLeftOpen = held.inTransaction && !held.isBroken
    await this.#engine.release(held)
    if (isLeftOpen && this.#begunBy !== undefined) throw strayTransaction(this.#begunBy)
  }

  async #hold(sql: string): Promise<EngineConnection> {
    const holder = { describe: () => `a Kysely connection, since: ${sql.slice(0, 80)}` }
    this.#held ??= await this.#engine.acquire("write", { holder, signal: this.#signal })
    return this.#held
  }
}
