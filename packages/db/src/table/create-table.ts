import { PersistError } from "@persist/core"
import type { StatementRunner } from "../session/statement-runner.ts"
import type { ExistingTable, TableDialect } from "./dialects/table-dialect.ts"
import type { TableSchema } from "./table-schema.ts"

/**
 * Creates the table, or finds that it exists just so.
 *
 * @throws `ERR_PERSIST_SCHEMA` listing the differences when a table of that name is another one.
 */
export async function ensureTable(
  runner: StatementRunner,
  dialect: TableDialect,
  schema: TableSchema,
): Promise<void> {
  const existing = await dialect.inspect(runner, schema.name)
  if (existing === undefined) {
    for (const statement of dialect.create(schema)) await runner.run(statement, [])
    return
  }
  const differences = compareTables(dialect.expected(schema), existing)
  if (differences.length === 0) return
  throw new PersistError(
    "ERR_PERSIST_SCHEMA",
    `The table "${schema.name}" exists, but not as it is described: ${differences.join("; ")}. Change the description, or change the table with a migration.`,
    { details: { table: schema.name, differences } },
  )
}

/** What differs, one clause each. */
function compareTables(expected: ExistingTable, existing: ExistingTable): string[] {
  const differences: string[] = []
  for (const [name, wanted] of expected.columns) {
    const found = existing.columns.get(name)
    if (found === undefined) {
      differences.push(`column "${name}" is missing`)
      continue
    }
    const compare = (what: string, one: unknown, other: unknown) => {
      if (one !== other)
        differences.push(`column "${name}" ${what} ${show(other)}, not ${show(one)}`)
    }
    compare("has the type", wanted.type, found.type)
    compare("is nullable:", wanted.isNullable, found.isNullable)
    compare("is unique:", wanted.isUnique, found.isUnique)
    compare("refers to", wanted.references, found.references)
    if (wanted.defaultText !== undefined && found.defaultText !== undefined) {
      compare("has the default", wanted.defaultText, found.defaultText)
    }
  }
  for (const name of existing.columns.keys()) {
    if (!expected.columns.has(name)) differences.push(`column "${name}" is not described`)
  }
  return differences
}

function show(value: unknown): string {
  return value === undefined || value === null ? "none" : String(value)
}
