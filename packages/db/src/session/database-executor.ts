import {
  type AbortableOperationOptions,
  type CompiledQuery,
  type ConnectionProvider,
  DefaultQueryExecutor,
  type Dialect,
  Kysely,
  type KyselyPlugin,
  type QueryCompiler,
  type QueryResult,
} from "kysely"
import { HoldDriver } from "./hold-connection.ts"
import type { StatementRunner } from "./statement-runner.ts"

/** Kysely's executor without its detours: a compiled statement goes straight to where it belongs. */
class DatabaseExecutor extends DefaultQueryExecutor {
  readonly #compiler: QueryCompiler
  readonly #dialectAdapter: DefaultQueryExecutor["adapter"]
  readonly #runner: StatementRunner

  constructor(
    compiler: QueryCompiler,
    adapter: DefaultQueryExecutor["adapter"],
    runner: StatementRunner,
    plugins: readonly KyselyPlugin[] = [],
  ) {
    const provider: ConnectionProvider = {
      provideConnection: (consumer, options) => runner.provide(consumer, options?.signal),
    }
    super(compiler, adapter, provider, [...plugins])
    this.#compiler = compiler
    this.#dialectAdapter = adapter
    this.#runner = runner
  }

  override executeQuery<R>(
    query: CompiledQuery,
    options?: AbortableOperationOptions,
  ): Promise<QueryResult<R>> {
    const result = this.#runner.run<R>(query.sql, query.parameters, options?.signal)
    return this.plugins.length === 0 ? result : this.#transform(result, query)
  }

  override async *stream<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncGenerator<QueryResult<R>, void, undefined> {
    const chunks = this.#runner.stream<R>(query.sql, query.parameters, chunkSize, options?.signal)
    for await (const chunk of chunks) yield await this.#transform(Promise.resolve(chunk), query)
  }

  override withPlugins(plugins: readonly KyselyPlugin[]): DatabaseExecutor {
    return this.#with([...this.plugins, ...plugins])
  }

  override withPlugin(plugin: KyselyPlugin): DatabaseExecutor {
    return this.#with([...this.plugins, plugin])
  }

  override withPluginAtFront(plugin: KyselyPlugin): DatabaseExecutor {
    return this.#with([plugin, ...this.plugins])
  }

  override withoutPlugins(): DatabaseExecutor {
    return this.#with([])
  }

  #with(plugins: readonly KyselyPlugin[]): DatabaseExecutor {
    return new DatabaseExecutor(this.#compiler, this.#dialectAdapter, this.#runner, plugins)
  }

  async #transform<R>(
    pending: Promise<QueryResult<R>>,
    { queryId }: CompiledQuery,
  ): Promise<QueryResult<R>> {
    let result: QueryResult<R> = await pending
    for (const plugin of this.plugins) {
      result = (await plugin.transformResult({ queryId, result: result as never })) as never
    }
    return result
  }
}

interface Parts {
  readonly compiler: QueryCompiler
  readonly adapter: DefaultQueryExecutor["adapter"]
}

const partsOf = new WeakMap<Dialect, Parts>()

/** Makes a Kysely whose statements and transactions go through `runner`. */
export function kyselyOver<Schema>(dialect: Dialect, runner: StatementRunner): Kysely<Schema> {
  let parts = partsOf.get(dialect)
  if (parts === undefined) {
    parts = { compiler: dialect.createQueryCompiler(), adapter: dialect.createAdapter() }
    partsOf.set(dialect, parts)
  }
  const executor = new DatabaseExecutor(parts.compiler, parts.adapter, runner)
  return new Kysely<Schema>({ config: { dialect }, dialect, driver: new HoldDriver(), executor })
}
