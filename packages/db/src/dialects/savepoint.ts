import { createQueryId, type QueryCompiler, sql } from "kysely"

/** The text of a command on a savepoint, whose name may be any. */
export function savepointSql(
  command: "savepoint" | "rollback to savepoint" | "release savepoint",
  name: string,
  compile: QueryCompiler["compileQuery"],
): string {
  return compile(sql`${sql.raw(command)} ${sql.id(name)}`.toOperationNode(), createQueryId()).sql
}
