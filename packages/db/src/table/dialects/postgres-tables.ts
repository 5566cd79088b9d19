import { isDate } from "../../engines/is-date.ts"
import { shortInteger } from "../../engines/server/bind.ts"
import type { StatementRunner } from "../../session/statement-runner.ts"
import { quoteName as quote } from "../../sql/quote-name.ts"
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

const declared: Readonly<Record<ColumnType, string>> = {
  text: "text",
  // An integer holds 53 bits here, as in JavaScript.
  integer: "bigint",
  bigint: "bigint",
  real: "double precision",
  boolean: "boolean",
  timestamp: "timestamp(3) with time zone",
  json: "jsonb",
  blob: "bytea",
  uuid: "uuid",
  decimal: "numeric(38,10)",
}

const now = "date_trunc('milliseconds', clock_timestamp())"
// UUID version 7 from a random one: the first 48 bits are the time, then the version's bits are set.
const newId =
  "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing " +
  "substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) " +
  "from 1 for 6), 52, 1), 53, 1), 'hex')::uuid"

const named = [
  { name: "id", type: "uuid" },
  { name: "created_at", type: "timestamp" },
  { name: "updated_at", type: "timestamp" },
] as const

/** Tables on PostgreSQL. */
export const postgresTables: TableDialect = {
  returns: true,
  longestParameters: 65_535,
  now,
  quote,
  mark: (position) => `$${position}`,
  create,
  expected: ({ columns }) => ({
    columns: new Map([
      ...named.map(({ name, type }) => [name, baseColumn(type)] as const),
      ...columns.map((column) => [column.name, describeColumn(column)] as const),
    ]),
  }),
  inspect,
  sameDefault: (existing, expected) =>
    literal.test(existing)
      ? `select (${existing}) is not distinct from (${expected}) as same`
      : undefined,
  onConflict: (target, assignments) =>
    `on conflict (${target.join(", ")}) do update set ${assignments.join(", ")}`,
  inserted: (column) => `excluded.${column}`,
  member(column, _type, values, mark) {
    return values.length <= 100
      ? `${column} in (${values.map(mark).join(", ")})`
      : `${column} = any(${mark(values)})`
  },
  like: (column, pattern, mark) => `${column} like ${mark(likePattern(pattern))}`,
  order: (column, direction, isNullable) =>
    `${column} ${direction}${isNullable ? ` nulls ${direction === "asc" ? "first" : "last"}` : ""}`,
  encode: (type, value) => (type === "json" && value !== null ? JSON.stringify(value) : value),
  decode,
  isPlain: (type) => type !== "integer" && type !== "blob" && type !== "decimal",
}

function decode(type: ColumnType, value: unknown): unknown {
  if (type === "integer") return shortInteger(BigInt(value as bigint))
  if (type === "decimal") return shortDecimal(value as string)
  const bytes = value as Uint8Array
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function create({ name, columns }: TableSchema): readonly string[] {
  const table = quote(name)
  const indexed = columns.filter(({ hasIndex, isUnique }) => hasIndex && !isUnique)
  return [
    `create table ${table} (${[
      `"id" uuid primary key default ${newId}`,
      `"created_at" ${declared.timestamp} not null default ${now}`,
      `"updated_at" ${declared.timestamp} not null default ${now}`,
      ...columns.map(columnSql),
    ].join(", ")})`,
    ...indexed.map(
      ({ name: column, isNullable }) =>
        `create index on ${table} (${quote(column)}${isNullable ? " nulls first" : ""})`,
    ),
    `create or replace function persist_keep_updated_at() returns trigger language plpgsql as $$ begin ` +
      `if new."updated_at" is not distinct from old."updated_at" then new."updated_at" := ${now}; end if; return new; end $$`,
    `create trigger "persist_updated_at" before update on ${table} for each row execute function persist_keep_updated_at()`,
  ]
}

function columnSql(column: Column): string {
  const { references } = column
  const value = defaultSql(column)
  return [
    `${quote(column.name)} ${declared[column.type]}`,
    // Sorted and compared as on every engine: by code points.
    column.type === "text" ? 'collate "C"' : "",
    column.isNullable ? "" : "not null",
    value === null ? "" : `default ${value}`,
    column.isUnique ? "unique" : "",
    references
      ? `references ${quote(references.table)} (${quote(references.column)}) on delete ${references.onDelete}`
      : "",
  ]
    .filter(Boolean)
    .join(" ")
}

function defaultSql({ type, defaultValue: value }: Column): string | null {
  if (value === undefined) return null
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  if (typeof value === "boolean") return String(value)
  if (type === "blob") return `'\\x${Buffer.from(value as Uint8Array).toString("hex")}'::bytea`
  const text = type === "json" ? JSON.stringify(value) : String(value)
  const shown = isDate(value) ? value.toISOString() : text
  return `'${shown.replaceAll("'", "''")}'::${declared[type]}`
}

// What PostgreSQL makes of a literal. Other expressions are not evaluated: they may do something.
const literal = /^\(?(?:'(?:[^']|'')*'|-?[\d.]+(?:e[+-]?\d+)?|true|false)\)?(?:::[a-z0-9_ (),]+)?$/i

/** Its default is an expression, which PostgreSQL writes in its own way. */
function baseColumn(type: ColumnType): ExistingColumn {
  return {
    type: declared[type],
    isNullable: false,
    isUnique: false,
    isIndexed: undefined,
    references: undefined,
  }
}

function describeColumn(column: Column): ExistingColumn {
  const { references } = column
  return {
    type: declared[column.type],
    isNullable: column.isNullable,
    defaultText: defaultSql(column),
    isUnique: column.isUnique,
    isIndexed: column.hasIndex && !column.isUnique,
    references:
      references && referenceText(references.table, references.column, references.onDelete),
  }
}

interface Info {
  readonly name: string
  readonly type: string
  readonly is_nullable: boolean
  readonly default_text: string | null
  readonly is_unique: boolean
  readonly is_indexed: boolean
  readonly refers_to: string | null
  readonly refers_to_column: string | null
  readonly on_delete: string | null
}

const ownIndex = (isUnique: boolean) =>
  `exists (select from pg_index i where i.indrelid = c.oid and ${isUnique ? "" : "not"} i.indisunique and not i.indisprimary
      and i.indnatts = 1 and i.indkey[0] = a.attnum and i.indpred is null)`

const inspection = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    not a.attnotnull as is_nullable, pg_get_expr(d.adbin, d.adrelid) as default_text,
    ${ownIndex(true)} as is_unique, ${ownIndex(false)} as is_indexed,
    t.relname as refers_to, f.attname as refers_to_column,
    case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' else 'restrict' end as on_delete
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]
  left join pg_class t on t.oid = k.confrelid
  left join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
  where c.relname = $1::name and a.attnum > 0 and not a.attisdropped
    and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
  order by a.attnum`

/** Looks where the table would be made: one further down in `search_path` is somebody else's. */
async function inspect(
  runner: StatementRunner,
  { name }: TableSchema,
): Promise<ExistingTable | undefined> {
  const { rows } = await runner.run<Info>(inspection, [name])
  if (rows.length === 0) return undefined
  return {
    columns: new Map(
      rows.map((row) => [
        row.name,
        {
          type: row.type,
          isNullable: row.is_nullable,
          defaultText: row.default_text,
          isUnique: row.is_unique,
          isIndexed: row.is_indexed,
          references:
            row.refers_to === null
              ? undefined
              : referenceText(row.refers_to, row.refers_to_column!, row.on_delete!),
        },
      ]),
    ),
  }
}
