import type { StatementRunner } from "../../session/statement-runner.ts"
import { shortDecimal } from "../check-value.ts"
import type { ColumnType } from "../columns.ts"
import type { Column, TableSchema } from "../table-schema.ts"
import type { ExistingColumn, ExistingTable, TableDialect } from "./table-dialect.ts"

const exact = "character set utf8mb4 collate utf8mb4_bin"
const uuidType = "char(36) character set ascii collate ascii_bin"

const declared: Readonly<Record<ColumnType, string>> = {
  text: `longtext ${exact}`,
  integer: "bigint",
  bigint: "bigint",
  real: "double",
  boolean: "tinyint(1)",
  timestamp: "datetime(3)",
  json: "json",
  blob: "longblob",
  uuid: uuidType,
  decimal: "decimal(38,10)",
}

// MySQL cannot put an index on a whole long text: such columns hold 700 characters at most.
const keyText = `varchar(700) ${exact}`
const now = "utc_timestamp(3)"
const hex = "lower(md5(concat(rand(), uuid())))"
const time = "lpad(lower(hex(floor(unix_timestamp(current_timestamp(3)) * 1000))), 12, '0')"
const newId =
  `concat(substr(${time}, 1, 8), '-', substr(${time}, 9, 4), '-7', substr(${hex}, 1, 3), '-', ` +
  `substr('89ab', 1 + floor(rand() * 4), 1), substr(${hex}, 4, 3), '-', substr(${hex}, 7, 12))`

/** Tables on MySQL and MariaDB. */
export const mysqlTables: TableDialect = {
  // MySQL has no "returning"; MariaDB has it, but not for every statement.
  returns: false,
  longestParameters: 65_535,
  now,
  quote,
  mark: () => "?",
  create,
  expected: ({ columns }) => ({
    columns: new Map(
      [
        ["id", { ...baseColumn, type: uuidType }],
        ["created_at", { ...baseColumn, type: declared.timestamp }],
        ["updated_at", { ...baseColumn, type: declared.timestamp }],
        ...columns.map((column) => [column.name, describeColumn(column)] as const),
      ].map(([name, column]) => [name as string, plainType(column as ExistingColumn)]),
    ),
  }),
  inspect,
  onConflict: (_target, assignments) => `on duplicate key update ${assignments.join(", ")}`,
  inserted: (column) => `values(${column})`,
  member: (column, _type, values, mark) => `${column} in (${values.map(mark).join(", ")})`,
  encode: (type, value) => (type === "json" && value !== null ? JSON.stringify(value) : value),
  decode,
  isPlain: (type) => type !== "integer" && type !== "blob" && type !== "decimal" && type !== "json",
}

const baseColumn: Omit<ExistingColumn, "type"> = {
  isNullable: false,
  isUnique: false,
  references: undefined,
}

function decode(type: ColumnType, value: unknown): unknown {
  if (type === "integer") return Number(value)
  if (type === "decimal") return shortDecimal(value as string)
  if (type === "json") return value
  const bytes = value as Uint8Array
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``
}

function create({ name, columns }: TableSchema): readonly string[] {
  const indexed = columns.filter(({ hasIndex, isUnique }) => hasIndex && !isUnique)
  const foreign = columns.filter(({ references }) => references !== undefined)
  return [
    `create table ${quote(name)} (${[
      `\`id\` ${uuidType} not null default (${newId}) primary key`,
      `\`created_at\` datetime(3) not null default (${now})`,
      // The session's time zone is UTC, so the current timestamp is UTC too.
      "`updated_at` datetime(3) not null default current_timestamp(3) on update current_timestamp(3)",
      ...columns.map(columnSql),
      ...indexed.map((column) => `index (${quote(column.name)})`),
      ...foreign.map(
        ({ name: column, references }) =>
          `foreign key (${quote(column)}) references ${quote(references!.table)} (${quote(references!.column)}) on delete ${references!.onDelete}`,
      ),
    ].join(", ")}) engine = InnoDB`,
  ]
}

function typeOf(column: Column): string {
  const isKey = column.isUnique || column.hasIndex
  return column.type === "text" && isKey ? keyText : declared[column.type]
}

function columnSql(column: Column): string {
  const value = defaultSql(column)
  return [
    `${quote(column.name)} ${typeOf(column)}`,
    column.isNullable ? "null" : "not null",
    value === null ? "" : `default (${value})`,
    column.isUnique ? "unique" : "",
  ]
    .filter(Boolean)
    .join(" ")
}

function defaultSql({ type, defaultValue: value }: Column): string | null {
  if (value === undefined) return null
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  if (typeof value === "boolean") return value ? "1" : "0"
  if (type === "blob") return `x'${Buffer.from(value as Uint8Array).toString("hex")}'`
  const text = type === "json" ? JSON.stringify(value) : String(value)
  const shown = value instanceof Date ? value.toISOString().replace("T", " ").slice(0, 23) : text
  return `'${shown.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
}

function describeColumn(column: Column): ExistingColumn {
  return {
    type: typeOf(column),
    isNullable: column.isNullable,
    isUnique: column.isUnique,
    references: column.references && `${column.references.table}.${column.references.column}`,
  }
}

// MySQL and MariaDB differ in what they tell of widths and collations, and in what JSON is.
function plainType(column: ExistingColumn): ExistingColumn {
  const type = column.type
    .replace(/ character set.*$/, "")
    .replace(/^bigint\(\d+\)$/, "bigint")
    .replace(/^json$/, "longtext")
  return { ...column, type }
}

interface Info {
  readonly name: string
  readonly type: string
  readonly nullable: string
  readonly column_key: string
  readonly refers_to: string | null
}

const inspection = `
  select c.column_name as name, c.column_type as type, c.is_nullable as nullable,
    c.column_key as column_key,
    (select concat(k.referenced_table_name, '.', k.referenced_column_name)
      from information_schema.key_column_usage k
      where k.table_schema = c.table_schema and k.table_name = c.table_name
        and k.column_name = c.column_name and k.referenced_table_name is not null limit 1) as refers_to
  from information_schema.columns c
  where c.table_schema = database() and c.table_name = ? order by c.ordinal_position`

async function inspect(runner: StatementRunner, name: string): Promise<ExistingTable | undefined> {
  const { rows } = await runner.run<Info>(inspection, [name])
  if (rows.length === 0) return undefined
  return {
    columns: new Map(
      rows.map((row) => [
        row.name,
        plainType({
          type: String(row.type),
          isNullable: row.nullable === "YES",
          isUnique: row.column_key === "UNI",
          references: row.refers_to ?? undefined,
        }),
      ]),
    ),
  }
}
