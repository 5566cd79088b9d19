import type { Dialect } from "kysely"
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
  return dialectOf(options)
}

/** PostgreSQL (or PGlite) for a Kysely of your own: named statements, a fair pool. @throws `ERR_PERSIST_INVALID_OPTION` */
export function postgresDialect(options: string | DatabaseOptions): Dialect {
  return dialectOf(options)
}

/** MySQL and MariaDB for a Kysely of your own. @throws `ERR_PERSIST_INVALID_OPTION` */
export function mysqlDialect(options: string | DatabaseOptions): Dialect {
  return dialectOf(options)
}

function dialectOf(options: string | DatabaseOptions): Dialect {
  const engine = openEngine(readDatabaseOptions(options))
  const { dialect } = engine
  return {
    createDriver: () => new EngineDriver(engine),
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => new CompiledQueries(dialect.createQueryCompiler()),
    createIntrospector: (database) => dialect.createIntrospector(database),
  }
}
