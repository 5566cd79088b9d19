import { PersistError } from "@persist/core"
import type { StatementRunner } from "../session/statement-runner.ts"
import type { ExistingColumn, ExistingTable, TableDialect } from "./dialects/table-dialect.ts"
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
  const existing = await dialect.inspect(runner, schema)
  if (existing === undefined) {
    for (const statement of dialect.create(schema)) await runner.run(statement, [])
    return
  }
  const differences = await compareTables(runner, dialect, schema, existing)
  if (differences.length === 0) return
  throw new PersistError(
    "ERR_PERSIST_SCHEMA",
    `The table "${schema.name}" exists, but not as it is described: ${differences.join("; ")}. Change the description, or change the table with a migration.`,
    { details: { table: schema.name, differences } },
  )
}

/** What differs, one clause each. */
async function compareTables(
  runner: StatementRunner,
  dialect: TableDialect,
  schema: TableSchema,
  existing: ExistingTable,
): Promise<string[]> {
  const expected = dialect.expected(schema)
  const differences: string[] = []
  for (const [name, wanted] of expected.columns) {
    const found = existing.columns.get(name)
    if (found === undefined) {
      differences.push(`column "${name}" is missing`)
      continue
    }
    const compare = (what: string, one: unknown, other: unknown) => {
      if (one !== other && one !== undefined)
        differences.push(`column "${name}" ${what} ${show(other)}, not ${show(one)}`)
    }
    compare("has the type", wanted.type, found.type)
    compare("is nullable:", wanted.isNullable, found.isNullable)
    compare("is unique:", wanted.isUnique, found.isUnique)
    compare("has an index:", wanted.isIndexed, found.isIndexed)
    compare("refers to", wanted.references ?? null, found.references ?? null)
    if (!(await isSameDefault(runner, dialect, wanted, found)))
      compare("has the default", wanted.defaultText, found.defaultText)
  }
  for (const name of existing.columns.keys()) {
    if (!expected.columns.has(name)) differences.push(`column "${name}" is not described`)
  }
  return differences
}

/** Servers write a default their own way, so they are asked. */
async function isSameDefault(
  runner: StatementRunner,
  dialect: TableDialect,
  { defaultText: wanted }: ExistingColumn,
  { defaultText: found }: ExistingColumn,
): Promise<boolean> {
  if (wanted === undefined || found === undefined || wanted === found) return true
  if (wanted === null || found === null) return false
  const query = dialect.sameDefault(found, wanted)
  if (query === undefined) return false
  const { rows } = await runner.run<{ same: unknown }>(query, [])
  return Boolean(rows[0]!.same)
}

function show(value: unknown): string {
  return value === undefined || value === null ? "none" : String(value)
}
