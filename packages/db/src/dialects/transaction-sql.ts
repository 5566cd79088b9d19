import type { QueryCompiler, TransactionSettings } from "kysely"
import type { BeginSettings } from "../engines/engine-connection.ts"
import { kyselyLibrary } from "../sql/kysely-library.ts"

/** Kysely's settings of a transaction as an engine takes them. */
export function beginSettings({ isolationLevel, accessMode }: TransactionSettings): BeginSettings {
  return {
    isolationLevel,
    readOnly: accessMode === "read only",
    readWrite: accessMode === "read write",
  }
}

/** The text of a command on a savepoint, whose name may be any. */
export function savepointSql(
  command: "savepoint" | "rollback to" | "release savepoint",
  name: string,
  compile: QueryCompiler["compileQuery"],
): string {
  const { createQueryId, sql } = kyselyLibrary()
  return compile(sql`${sql.raw(command)} ${sql.id(name)}`.toOperationNode(), createQueryId()).sql
}
