import { throwIfAborted } from "@persist/core/options"
import type {
  AbortableOperationOptions,
  CompiledQuery,
  ConnectionProvider,
  DatabaseConnection,
  DefaultQueryExecutor,
  Dialect,
  Driver,
  Kysely,
  KyselyPlugin,
  QueryCompiler,
  QueryResult,
} from "kysely"
import { CompiledQueries } from "../sql/compiled-queries.ts"
import { kyselyLibrary } from "../sql/kysely-library.ts"
import { HoldDriver } from "./hold-connection.ts"
import type { StatementRunner } from "./statement-runner.ts"

/** Connections come from the runner instead. */
const noProvider: ConnectionProvider = {
  provideConnection: () => Promise.reject(new Error("connections come from the runner")),
}

/**
 * Kysely's transactions lend their connection to one query at a time, so that a query beside a stream would wait for
 * ever. Here a session lines its statements up itself.
 */
function inParallel(provider: ConnectionProvider): ConnectionProvider {
  let lent: Promise<DatabaseConnection> | undefined
  return {
    async provideConnection(consumer) {
      lent ??= provider.provideConnection(async (connection) => connection)
      return consumer(await lent)
    },
  }
}

type ExecutorClass = new (
  compiler: QueryCompiler,
  adapter: DefaultQueryExecutor["adapter"],
  runner: StatementRunner,
) => DefaultQueryExecutor

let made: ExecutorClass | undefined

/** Kysely's executor without its detours: a compiled statement goes straight to where it belongs. */
function executorClass(): ExecutorClass {
  if (made !== undefined) return made
  const { DefaultQueryExecutor } = kyselyLibrary()
  class DatabaseExecutor extends DefaultQueryExecutor {
    readonly #compiler: QueryCompiler
    readonly #dialectAdapter: DefaultQueryExecutor["adapter"]
    readonly #runner: StatementRunner

    constructor(
      compiler: QueryCompiler,
      adapter: DefaultQueryExecutor["adapter"],
      runner: StatementRunner,
      plugins?: KyselyPlugin[],
    ) {
      super(compiler, adapter, noProvider, plugins)
      this.#compiler = compiler
      this.#dialectAdapter = adapter
      this.#runner = runner
    }

    override provideConnection<T>(
      consumer: (connection: DatabaseConnection) => Promise<T>,
      options?: AbortableOperationOptions,
    ): Promise<T> {
      return this.#runner.provide(consumer, options?.signal)
    }

    override executeQuery<R>(
      query: CompiledQuery,
      options?: AbortableOperationOptions,
    ): Promise<QueryResult<R>> {
      const result = this.#runner.run<R>(query.sql, query.parameters, options?.signal)
      return this.plugins.length === 0 ? result : this.#transform(result, query, options)
    }

    override async *stream<R>(
      query: CompiledQuery,
      chunkSize: number,
      options?: AbortableOperationOptions,
    ): AsyncGenerator<QueryResult<R>, void, undefined> {
      const size = Math.max(1, chunkSize)
      const chunks = this.#runner.stream<R>(query.sql, query.parameters, size, options?.signal)
      for await (const chunk of chunks) {
        yield await this.#transform(Promise.resolve(chunk), query, options)
        throwIfAborted(options?.signal, "The stream")
      }
    }

    override withConnectionProvider(provider: ConnectionProvider): DefaultQueryExecutor {
      return super.withConnectionProvider(inParallel(provider))
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

    #with(plugins: KyselyPlugin[]): DatabaseExecutor {
      return new DatabaseExecutor(this.#compiler, this.#dialectAdapter, this.#runner, plugins)
    }

    async #transform<R>(
      pending: Promise<QueryResult<R>>,
      { queryId }: CompiledQuery,
      { signal }: AbortableOperationOptions = {},
    ): Promise<QueryResult<R>> {
      let result: QueryResult<R> = await pending
      for (const plugin of this.plugins) {
        const given = { queryId, result: result as never, ...(signal !== undefined && { signal }) }
        result = (await plugin.transformResult(given)) as never
        throwIfAborted(signal, "The statement")
      }
      return result
    }
  }
  made = DatabaseExecutor
  return made
}

interface Parts {
  readonly compiler: QueryCompiler
  readonly adapter: DefaultQueryExecutor["adapter"]
  readonly driver: Driver
  readonly config: { readonly dialect: Dialect }
}

const partsOf = new WeakMap<Dialect, Parts>()

/** Makes a Kysely whose statements and transactions go through `runner`. */
export function kyselyOver<Schema>(dialect: Dialect, runner: StatementRunner): Kysely<Schema> {
  let parts = partsOf.get(dialect)
  if (parts === undefined) {
    parts = {
      compiler: new CompiledQueries(dialect.createQueryCompiler()),
      adapter: dialect.createAdapter(),
      driver: new HoldDriver(),
      config: { dialect },
    }
    partsOf.set(dialect, parts)
  }
  const { compiler, adapter, driver, config } = parts
  const executor = new (executorClass())(compiler, adapter, runner)
  const { Kysely } = kyselyLibrary()
  return new Kysely<Schema>({ config, dialect, driver, executor })
}
