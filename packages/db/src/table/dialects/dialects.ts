import type { EngineName } from "../../engines/engine.ts"
import { mysqlTables } from "./mysql-tables.ts"
import { postgresTables } from "./postgres-tables.ts"
import { sqliteTables } from "./sqlite-tables.ts"
import type { TableDialect } from "./table-dialect.ts"

const dialects: Readonly<Record<EngineName, TableDialect>> = {
  sqlite: sqliteTables,
  postgres: postgresTables,
  mysql: mysqlTables,
}

/** The way of writing tables for an engine. */
export function tableDialect(engine: EngineName): TableDialect {
  return dialects[engine]
}
