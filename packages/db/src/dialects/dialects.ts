import { invalidOption } from "@persist/core/options"
import type { Dialect, DialectAdapter } from "kysely"
import type { EngineName } from "../engines/engine.ts"
import { openEngine } from "../engines/open-engine.ts"
import { type DatabaseOptions, readDatabaseOptions } from "../options.ts"
import { CompiledQueries } from "../sql/compiled-queries.ts"
import { EngineDriver } from "./engine-driver.ts"

/**
 * SQLite for a Kysely of your own: prepared statements kept, reads beside the one writer, waits that
 * do not block. Takes a connection string or the options of `DatabaseStorage`.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`
 */
export function sqliteDialect(options: string | DatabaseOptions): Dialect {
  return dialectOf(options, "sqlite")
}

/** PostgreSQL (or PGlite) for a Kysely of your own: named statements, a fair pool. @throws `ERR_PERSIST_INVALID_OPTION` */
export function postgresDialect(options: string | DatabaseOptions): Dialect {
  return dialectOf(options, "postgres")
}

/** MySQL and MariaDB for a Kysely of your own. @throws `ERR_PERSIST_INVALID_OPTION` */
export function mysqlDialect(options: string | DatabaseOptions): Dialect {
  return dialectOf(options, "mysql")
}

function dialectOf(options: string | DatabaseOptions, name: EngineName): Dialect {
  if (options === undefined) {
    throw invalidOption(
      "connection",
      options,
      "a connection string, or options as of DatabaseStorage",
    )
  }
  const settings = readDatabaseOptions(options)
  if ((settings.driver === "pglite" ? "postgres" : settings.driver) !== name) {
    throw invalidOption("connection", settings.driver, `one of ${name} for its dialect`)
  }
  const engine = openEngine(settings)
  const { dialect } = engine
  return {
    createDriver: () => new EngineDriver(engine),
    createAdapter: () => concurrent(dialect.createAdapter()),
    createQueryCompiler: () => new CompiledQueries(dialect.createQueryCompiler()),
    createIntrospector: (database) => dialect.createIntrospector(database),
  }
}

/** Kysely's own adapter, but without its lock around SQLite and with transactions for schemas there. */
function concurrent(adapter: DialectAdapter): DialectAdapter {
  const isMysql = adapter.supportsReturning !== true
  return Object.create(adapter, {
    supportsMultipleConnections: { value: true },
    supportsTransactionalDdl: { value: !isMysql },
  }) as DialectAdapter
}
