import type { EngineName } from "../../engines/engine.ts"
import { sqliteTables } from "./sqlite-tables.ts"
import type { TableDialect } from "./table-dialect.ts"

/** The way of writing tables for an engine. */
export function tableDialect(_engine: EngineName): TableDialect {
  return sqliteTables
}
