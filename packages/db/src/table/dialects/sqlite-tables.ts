import { isDate } from "../../engines/is-date.ts"
import { listMembers } from "../../engines/sqlite/long-list.ts"
import type { StatementRunner } from "../../session/statement-runner.ts"
import { quoteName as quote } from "../../sql/quote-name.ts"
import type { ColumnType } from "../columns.ts"
import { globPattern } from "../like-pattern.ts"
import type { Column, TableSchema } from "../table-schema.ts"
import {
  type ExistingColumn,
  type ExistingTable,
  referenceText,
  type TableDialect,
} from "./table-dialect.ts"

// The names tell our own row decoder what a value is; what each contains gives the affinity.
const declared: Readonly<Record<ColumnType, string>> = {
  text: "TEXT",
  integer: "INTEGER",
  bigint: "BIGINT",
  real: "REAL",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP_TEXT",
  json: "JSON_TEXT",
  blob: "BLOB",
  uuid: "UUID_TEXT",
  decimal: "DECIMAL_TEXT",
}

const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
const milliseconds = "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)"
const newId =
  `printf('%08x-%04x-7%03x-%04x-%012x', ${milliseconds} >> 16, ${milliseconds} & 65535, ` +
  "random() & 4095, 32768 | (random() & 16383), random() & 281474976710655)"

/** Tables on SQLite. */
export const sqliteTables: TableDialect = {
  returns: true,
  longestParameters: 32_766,
  now,
  quote,
  mark: () => "?",
  create,
  expected: ({ columns }) => ({
    columns: new Map(
      [...baseColumns, ...columns].map((column) => [column.name, describeColumn(column)]),
    ),
  }),
  inspect,
  sameDefault: () => undefined,
  onConflict: (target, assignments) =>
    `on conflict (${target.join(", ")}) do ${assignments.length > 0 ? `update set ${assignments.join(", ")}` : "nothing"}`,
  inserted: (column) => `excluded.${column}`,
  member,
  like: (column, pattern, mark) => `${column} glob ${mark(globPattern(pattern))}`,
  order: (column, direction) => `${column} ${direction}`,
  encode,
  decode: (type, value) => (type === "blob" ? plainBytes(value) : value),
  isPlain: (type) => type !== "blob",
}

const baseColumn = { isNullable: false, isUnique: false, hasIndex: false, references: undefined }
const baseColumns: readonly (Column & { readonly expression: string })[] = [
  { ...baseColumn, name: "id", type: "uuid", defaultValue: undefined, expression: newId },
  {
    ...baseColumn,
    name: "created_at",
    type: "timestamp",
    defaultValue: undefined,
    expression: now,
  },
  {
    ...baseColumn,
    name: "updated_at",
    type: "timestamp",
    defaultValue: undefined,
    expression: now,
  },
]

function create({ name, columns }: TableSchema): readonly string[] {
  const table = quote(name)
  const indexed = columns.filter(({ hasIndex, isUnique }) => hasIndex && !isUnique)
  return [
    `create table ${table} (${[
      `"id" ${declared.uuid} primary key not null default (${newId})`,
      `"created_at" ${declared.timestamp} not null default (${now})`,
      `"updated_at" ${declared.timestamp} not null default (${now})`,
      ...columns.map(columnSql),
    ].join(", ")})`,
    ...indexed.map(
      (column) =>
        `create index ${quote(`${name}_${column.name}_index`)} on ${table} (${quote(column.name)})`,
    ),
    `create trigger ${quote(`${name}_updated_at`)} after update on ${table} for each row ` +
      `when new."updated_at" is old."updated_at" begin ` +
      `update ${table} set "updated_at" = ${now} where "id" = new."id"; end`,
  ]
}

function columnSql(column: Column): string {
  const { references } = column
  const name = quote(column.name)
  const value = defaultText(column)
  return [
    `${name} ${declared[column.type]}`,
    column.isNullable ? "" : "not null",
    value === null ? "" : `default ${value}`,
    column.isUnique ? "unique" : "",
    column.type === "boolean" ? `check (${name} in (0, 1))` : "",
    references
      ? `references ${quote(references.table)} (${quote(references.column)}) on delete ${references.onDelete}`
      : "",
  ]
    .filter(Boolean)
    .join(" ")
}

function defaultText(column: Column): string | null {
  if (column.defaultValue === undefined) return null
  const value = encode(column.type, column.defaultValue)
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`
  return `'${String(value).replaceAll("'", "''")}'`
}

function describeColumn(column: Column & { readonly expression?: string }): ExistingColumn {
  return {
    type: declared[column.type].toLowerCase(),
    isNullable: column.isNullable,
    defaultText: column.expression ?? defaultText(column),
    isUnique: column.isUnique,
    isIndexed: column.expression === undefined ? column.hasIndex && !column.isUnique : undefined,
    references:
      column.references &&
      referenceText(column.references.table, column.references.column, column.references.onDelete),
  }
}

async function inspect(
  runner: StatementRunner,
  { name }: TableSchema,
): Promise<ExistingTable | undefined> {
  const rows = async <T>(sql: string) => (await runner.run<T>(sql, [name])).rows
  const infos = await rows<{
    name: string
    type: string
    notnull: number
    dflt_value: string | null
  }>('select name, type, "notnull", dflt_value from pragma_table_info(?)')
  if (infos.length === 0) return undefined
  const indexes = await rows<{ name: string | null; unique: number }>(
    'select min(i.name) as name, l."unique" as "unique" from pragma_index_list(?) l, pragma_index_info(l.name) i ' +
      "where l.origin <> 'pk' and l.partial = 0 group by l.name having count(*) = 1",
  )
  const keys = await rows<{ from: string; table: string; to: string | null; on_delete: string }>(
    'select min("from") as "from", "table", min("to") as "to", on_delete from pragma_foreign_key_list(?) group by id having count(*) = 1',
  )
  const indexed = (isUnique: boolean) =>
    new Set(indexes.filter(({ unique }) => Boolean(unique) === isUnique).map((row) => row.name))
  const [unique, plain] = [indexed(true), indexed(false)]
  const references = new Map(
    keys.map((key) => [key.from, referenceText(key.table, key.to ?? "id", key.on_delete)]),
  )
  return {
    columns: new Map(
      infos.map((info) => [
        info.name,
        {
          type: info.type.toLowerCase(),
          isNullable: info.notnull === 0,
          defaultText: info.dflt_value,
          isUnique: unique.has(info.name),
          isIndexed: plain.has(info.name),
          references: references.get(info.name),
        },
      ]),
    ),
  }
}

function member(
  column: string,
  _type: ColumnType,
  values: readonly unknown[],
  mark: (value: unknown) => string,
): string {
  return `${column} in (${listMembers(values, mark)})`
}

function encode(type: ColumnType, value: unknown): unknown {
  if (value === null) return null
  if (type === "json") return JSON.stringify(value)
  if (type === "boolean") return value ? 1 : 0
  return isDate(value) ? value.toISOString() : value
}

/** A column of bytes holds what others have put there, text too. */
function plainBytes(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
