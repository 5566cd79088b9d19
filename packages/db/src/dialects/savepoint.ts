import type { QueryCompiler } from "kysely"
import { kyselyLibrary } from "../sql/kysely-library.ts"

/** The text of a command on a savepoint, whose name may be any. */
export function savepointSql(
  command: "savepoint" | "rollback to savepoint" | "release savepoint",
  name: string,
  compile: QueryCompiler["compileQuery"],
): string {
  const { createQueryId, sql } = kyselyLibrary()
  return compile(sql`${sql.raw(command)} ${sql.id(name)}`.toOperationNode(), createQueryId()).sql
}
