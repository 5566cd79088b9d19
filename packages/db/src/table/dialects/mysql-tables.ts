import { isDate } from "../../engines/is-date.ts"
import { shortInteger } from "../../engines/server/bind.ts"
import type { StatementRunner } from "../../session/statement-runner.ts"
import { backquoteName as quote } from "../../sql/quote-name.ts"
import { shortDecimal } from "../check-value.ts"
import type { ColumnType } from "../columns.ts"
import { likePattern } from "../like-pattern.ts"
import type { Column, TableSchema } from "../table-schema.ts"
import {
  type ExistingColumn,
  type ExistingTable,
  referenceText,
  type TableDialect,
} from "./table-dialect.ts"

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
  sameDefault: (existing, expected) => `select (${existing}) <=> (${expected}) as same`,
  onConflict: (_target, assignments) => `on duplicate key update ${assignments.join(", ")}`,
  inserted: (column) => `values(${column})`,
  member: (column, _type, values, mark) => `${column} in (${values.map(mark).join(", ")})`,
  like: (column, pattern, mark) => `${column} like ${mark(likePattern(pattern))}`,
  order: (column, direction) => `${column} ${direction}`,
  encode: (type, value) => (type === "json" && value !== null ? JSON.stringify(value) : value),
  decode,
  isPlain: (type) => type !== "integer" && type !== "blob" && type !== "decimal" && type !== "json",
}

const baseColumn: Omit<ExistingColumn, "type"> = {
  isNullable: false,
  isUnique: false,
  isIndexed: undefined,
  references: undefined,
}

function decode(type: ColumnType, value: unknown): unknown {
  if (type === "integer") return shortInteger(BigInt(value as bigint))
  if (type === "decimal") return shortDecimal(value as string)
  if (type === "json") return value
  const bytes = value as Uint8Array
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
      // Defaults are kept in the table's own character set.
    ].join(", ")}) engine = InnoDB, default ${exact}`,
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
  const shown = isDate(value) ? value.toISOString().replace("T", " ").slice(0, 23) : text
  return `'${shown.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
}

function describeColumn(column: Column): ExistingColumn {
  const { references } = column
  const defaultText = defaultSql(column)
  // The information schema has question marks for what is outside of Unicode's first plane.
  const isTold = !/[\u{10000}-\u{10ffff}]/u.test(defaultText ?? "")
  return {
    type: typeOf(column),
    isNullable: column.isNullable,
    defaultText: isTold ? defaultText : undefined,
    isUnique: column.isUnique,
    // A foreign key always has an index here.
    isIndexed: (column.hasIndex || references !== undefined) && !column.isUnique,
    references:
      references && referenceText(references.table, references.column, references.onDelete),
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
  readonly default_text: string | null
  readonly is_unique: number
  readonly is_indexed: number
  readonly refers_to: string | null
  readonly refers_to_column: string | null
  readonly on_delete: string | null
  /** Whether names of tables are kept in lower case, or compared so, as on Windows and macOS. */
  readonly ignores_case: number
}

// sub_part: the index holds only the beginning of the value.
const ownIndex = (nonUnique: 0 | 1) => `exists (select 1 from information_schema.statistics s
    where s.table_schema = c.table_schema and s.table_name = c.table_name and s.column_name = c.column_name
      and s.index_name <> 'PRIMARY' and s.non_unique = ${nonUnique} and s.sub_part is null
      and (select count(*) from information_schema.statistics o where o.table_schema = s.table_schema
        and o.table_name = s.table_name and o.index_name = s.index_name) = 1)`

const inspection = `
  select c.column_name as name, c.column_type as type, c.is_nullable as nullable,
    c.column_default as default_text, ${ownIndex(0)} as is_unique, ${ownIndex(1)} as is_indexed,
    k.referenced_table_name as refers_to, k.referenced_column_name as refers_to_column,
    r.delete_rule as on_delete, @@lower_case_table_names > 0 as ignores_case
  from information_schema.columns c
  left join information_schema.key_column_usage k on k.table_schema = c.table_schema
    and k.table_name = c.table_name and k.column_name = c.column_name
    and k.referenced_table_name is not null
  left join information_schema.referential_constraints r on r.constraint_schema = k.constraint_schema
    and r.table_name = k.table_name and r.constraint_name = k.constraint_name
  where c.table_schema = database() and c.table_name = ? order by c.ordinal_position`

async function inspect(
  runner: StatementRunner,
  { name, columns }: TableSchema,
): Promise<ExistingTable | undefined> {
  const { rows } = await runner.run<Info>(inspection, [name])
  if (rows.length === 0) return undefined
  // As it is described, where the server takes that for the same.
  const tableOf = ({ name: column, refers_to, ignores_case }: Info) => {
    const wanted = columns.find((one) => one.name === column)?.references?.table
    const isSame = ignores_case && wanted?.toLowerCase() === refers_to?.toLowerCase()
    return isSame ? wanted! : refers_to!
  }
  return {
    columns: new Map(
      rows.map((row) => [
        row.name,
        plainType({
          type: String(row.type),
          isNullable: row.nullable === "YES",
          defaultText: literalDefault(row.default_text),
          isUnique: Boolean(row.is_unique),
          isIndexed: Boolean(row.is_indexed),
          references:
            row.refers_to === null
              ? undefined
              : referenceText(tableOf(row), row.refers_to_column!, row.on_delete!),
        }),
      ]),
    ),
  }
}

const literal = /^(?:'(?:[^'\\]|''|\\[\s\S])*'|x'[0-9a-f]*'|0x[0-9a-f]*|-?[\d.]+(?:e[+-]?\d+)?)$/i

/**
 * The text of a default, in the forms of both: MariaDB quotes a literal, and says NULL for none; MySQL 8
 * writes `_utf8mb4\'text\'` for what was given in parentheses. What is neither is not compared.
 */
export function literalDefault(text: string | null): string | null | undefined {
  if (text === null || text === "NULL") return null
  const plain = /^_\w+\\'/.test(text)
    ? text.replace(/^_\w+/, "").replaceAll("\\'", "'").replaceAll("\\\\", "\\")
    : text.replace(/^\((.*)\)$/s, "$1")
  return literal.test(plain) ? plain : undefined
}
