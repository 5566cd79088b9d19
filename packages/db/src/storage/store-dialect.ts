import { createHash } from "node:crypto"
import type { EngineName } from "../engines/engine.ts"
import { backquoteName, quoteName } from "../sql/quote-name.ts"
import type { PlanRow, Step } from "./plan.ts"

/** An order of rows in which an index finds the next page. */
export interface PageOrder {
  readonly columns: string
  /** A condition that a row comes after another, whose values `valuesOf` gives. */
  after(first: number): string
  valuesOf(row: PlanRow): readonly unknown[]
}

/** How one database holds keys and values. */
export interface StoreDialect {
  quote(name: string): string
  mark(position: number): string
  /** The column that identifies a key, and its value: the key itself, or its hash where keys can be too long. */
  readonly idColumn: string
  idOf(storedKey: string): unknown
  /** The key as it is stored beside its hash; `undefined` where the id is the key. */
  nameOf(storedKey: string): unknown
  readName(value: unknown): string
  /** Statements that make the tables, which do nothing when they are there. */
  create(table: string, history: string): readonly string[]
  /** Asks whether the tables of these names, and what belongs to them, are there; see `Creation`. */
  look?(table: string, history: string): Step
  /** Taken by whoever makes the tables, until the end of the transaction. */
  readonly lock?: string
  /** A condition on the name that it starts with the prefix, and its values. */
  startsWith(prefix: string, first: number): { readonly sql: string; readonly values: unknown[] }
  /** What pages of rows are in the order of. */
  readonly order: PageOrder
  /** An expression over all rows that changes with any of them, for a database that cannot tell of changes. */
  readonly digest?: string
  /** Appended to a select that is followed by a write. */
  readonly forUpdate: string
  /** Appended to an insert that must not fail for a row that is there; `undefined` where it fails. */
  readonly orNothing: string
  /** `insert` or, where there is no `on conflict do nothing`, its like. */
  readonly insert: string
  /** The tail of an insert that replaces `columns` of a row that is there. */
  orReplace(columns: readonly string[]): string
}

/** A name that no other storage's table can have. */
function indexOf(table: string, of: string): string {
  return `${table.slice(0, -1)}.${of}"`
}

const sqlite: StoreDialect = {
  quote: quoteName,
  mark: () => "?",
  idColumn: "name",
  idOf: (key) => key,
  nameOf: () => undefined,
  readName: (value) => value as string,
  create: (table, history) => [
    `create table if not exists ${table} (name text primary key not null, format text not null, revision text not null, saved_at integer not null, expires_at integer, fence integer, bytes blob not null) without rowid`,
    `create table if not exists ${history} (name text not null, id text not null, kind text not null, format text not null, saved_at integer not null, bytes blob not null, primary key (name, id)) without rowid`,
    `create index if not exists ${indexOf(table, "expiry")} on ${table} (expires_at) where expires_at is not null`,
  ],
  // A file that may not be written may be one of before there was the index.
  look: (table, history) => ({
    sql: "select count(*) = 2 as there from sqlite_schema where type = 'table' and name in (?, ?)",
    values: [table, history],
  }),
  order: { columns: "name", after: () => "name > ?", valuesOf: ({ name }) => [name] },
  startsWith: (prefix) =>
    // A prefix ends in "/"; the next character after it is "0".
    prefix === ""
      ? { sql: "1 = 1", values: [] }
      : { sql: "name >= ? and name < ?", values: [prefix, `${prefix.slice(0, -1)}0`] },
  forUpdate: "",
  insert: "insert",
  orNothing: " on conflict do nothing",
  orReplace: (columns) =>
    ` on conflict (name) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`,
}

const hash = (key: string) => createHash("sha256").update(key).digest()

const byHash: PageOrder = {
  columns: "name_hash",
  after: () => "name_hash > ?",
  valuesOf: ({ name_hash }) => [name_hash],
}

/** So many bytes of a name are in its index, which takes only short ones. */
const startLength = 200
const start = `substring(name from 1 for ${startLength})`

const postgres: StoreDialect = {
  quote: quoteName,
  mark: (position) => `$${position}`,
  idColumn: "name_hash",
  idOf: hash,
  // Bytes, as some clients drop a byte order mark at the start of a text.
  nameOf: (key) => Buffer.from(key),
  readName: (value) => Buffer.from(value as Uint8Array).toString(),
  create: (table, history) => [
    `create table if not exists ${table} (name_hash bytea primary key, name bytea not null, format text not null, revision text not null, saved_at bigint not null, expires_at bigint, fence bigint, bytes bytea not null)`,
    `create table if not exists ${history} (name_hash bytea not null, id text collate "C" not null, kind text not null, format text not null, saved_at bigint not null, bytes bytea not null, primary key (name_hash, id))`,
    // Tells watchers, one notification for a transaction; its own table's name keeps the channel apart.
    "create or replace function persist_notify() returns trigger language plpgsql as $$ begin perform pg_notify(left(tg_table_name, 63), ''); return null; end $$",
    `create or replace trigger persist_notify after insert or update or delete on ${table} for each statement execute function persist_notify()`,
    // Last: the lock that they take of the table, also where they are there, is one that several can have, and then
    // nobody gets the trigger's.
    `create index if not exists ${indexOf(table, "start")} on ${table} (${start}, name_hash)`,
    `create index if not exists ${indexOf(table, "expiry")} on ${table} (expires_at) where expires_at is not null`,
  ],
  // Another session's function or trigger made anew at the same moment is an error, and locks out who writes.
  look: (table, history) => ({
    sql:
      "select exists (select from pg_class c join pg_trigger t on t.tgrelid = c.oid where c.relname = $1 and c.relnamespace = n.oid " +
      "and t.tgname = 'persist_notify') and exists (select from pg_class where relname = $2 and relnamespace = n.oid) as there " +
      "from pg_namespace n where n.nspname = current_schema()",
    values: [table, history],
  }),
  // While one makes what another writes into already, their locks of the table can end in a deadlock. All storages
  // of a schema have the function in common.
  lock: "select pg_advisory_xact_lock(hashtextextended('persist_notify ' || current_schema(), 0))",
  startsWith: (prefix, first) => {
    if (prefix === "") return { sql: "true", values: [] }
    const bytes = Buffer.from(prefix)
    if (bytes.length > startLength) {
      const sql = `${start} = $${first} and substring(name from 1 for ${bytes.length}) = $${first + 1}`
      return { sql, values: [bytes.subarray(0, startLength), bytes] }
    }
    const end = Buffer.from(`${prefix.slice(0, -1)}0`)
    return { sql: `${start} >= $${first} and ${start} < $${first + 1}`, values: [bytes, end] }
  },
  order: {
    columns: `${start}, name_hash`,
    after: (first) => `(${start}, name_hash) > ($${first}, $${first + 1})`,
    valuesOf: ({ name, name_hash }) => [
      Buffer.from((name as Uint8Array).subarray(0, startLength)),
      name_hash,
    ],
  },
  forUpdate: " for update",
  insert: "insert",
  orNothing: " on conflict do nothing",
  orReplace: (columns) =>
    ` on conflict (name_hash) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`,
}

const mysql: StoreDialect = {
  quote: backquoteName,
  mark: () => "?",
  idColumn: "name_hash",
  idOf: hash,
  nameOf: (key) => Buffer.from(key),
  readName: (value) => Buffer.from(value as Uint8Array).toString(),
  create: (table, history) => [
    `create table if not exists ${table} (name_hash binary(32) primary key, name longblob not null, format varchar(255) character set utf8mb4 collate utf8mb4_bin not null, revision varchar(64) character set ascii collate ascii_bin not null, saved_at bigint not null, expires_at bigint, fence bigint, bytes longblob not null, key expiry (expires_at), key \`start\` (name(${startLength}))) engine = InnoDB`,
    `create table if not exists ${history} (name_hash binary(32) not null, id varchar(64) character set ascii collate ascii_bin not null, kind varchar(16) character set ascii not null, format varchar(255) character set utf8mb4 collate utf8mb4_bin not null, saved_at bigint not null, bytes longblob not null, primary key (name_hash, id)) engine = InnoDB`,
  ],
  // A server that only lets read refuses statements that would make what is there. As bytes: names of tables tell
  // cases apart, their comparison as text does not.
  look: (table, history) => ({
    sql: "select count(*) = 2 as there from information_schema.tables where table_schema = database() and cast(table_name as binary) in (?, ?)",
    values: [table, history],
  }),
  startsWith: (prefix) => {
    if (prefix === "") return { sql: "true", values: [] }
    const [from, to] = [prefix, `${prefix.slice(0, -1)}0`].map((end) => Buffer.from(end))
    return { sql: "name >= ? and name < ?", values: [from, to] }
  },
  order: byHash,
  digest:
    "concat(count(*), ' ', coalesce(bit_xor(crc32(concat(name_hash, revision))), 0), ' ', coalesce(sum(crc32(concat(revision, name_hash))), 0))",
  forUpdate: " for update",
  insert: "insert ignore",
  orNothing: "",
  orReplace: (columns) =>
    ` on duplicate key update ${columns.map((column) => `${column} = values(${column})`).join(", ")}`,
}

const dialects: Readonly<Record<EngineName, StoreDialect>> = { sqlite, postgres, mysql }

/** The channel on which PostgreSQL tells of changes of a table. */
export function channelOf(table: string): string {
  return table.slice(0, 63)
}

/** The way an engine holds keys and values. */
export function storeDialect(engine: EngineName): StoreDialect {
  return dialects[engine]
}
