import { createHash } from "node:crypto"
import {
  type DeleteRequest,
  type Entry,
  expiredHistory,
  type HistoryEntry,
  type HistoryKind,
  PersistError,
  type StoredValue,
  type WriteRequest,
} from "@persist/core"
import { uuidv7 } from "../table/uuid.ts"
import type { Plan, PlanRow, Step } from "./plan.ts"
import type { StoreDialect } from "./store-dialect.ts"
import { keyFromStored, storedKey } from "./stored-key.ts"

const valueColumns = ["format", "revision", "saved_at", "expires_at", "bytes"] as const
const mostQuarantined = 10
const tombstoneLife = 3_600_000
const empty = new Uint8Array(0)

/** What a `TableStorage` asks of its two tables, as plans. */
export class StorePlans {
  readonly #dialect: StoreDialect
  readonly #clock: () => number
  readonly #table: string
  readonly #history: string
  readonly #sql: Readonly<Record<"read" | "replace" | "insert" | "update" | "keep", string>>
  readonly create: readonly string[]
  /** The name of the table of values. */
  readonly table: string

  constructor(name: string, dialect: StoreDialect, clock: () => number) {
    this.#dialect = dialect
    this.#clock = clock
    this.table = `persist_${name}`
    this.#table = dialect.quote(this.table)
    this.#history = dialect.quote(`persist_${name}_history`)
    this.create = dialect.create(this.#table, this.#history)
    const { idColumn: id, mark, insert } = dialect
    const isHashed = id !== "name"
    const columns = [id, ...(isHashed ? ["name"] : []), ...valueColumns]
    const marks = columns.map((_, index) => mark(index + 1)).join(", ")
    const values = `into ${this.#table} (${columns.join(", ")}) values (${marks})`
    const sets = valueColumns.map((column, index) => `${column} = ${mark(index + 1)}`)
    this.#sql = {
      read: `select ${valueColumns.join(", ")} from ${this.#table} where ${id} = ${mark(1)}`,
      replace: `insert ${values}${dialect.orReplace(valueColumns)}`,
      insert: `${insert} ${values}${dialect.orNothing}`,
      update: `update ${this.#table} set ${sets.join(", ")} where ${id} = ${mark(6)} and revision = ${mark(7)}`,
      keep: `${insert} into ${this.#history} (${id}, id, kind, format, saved_at, bytes) values (${[1, 2, 3, 4, 5, 6].map(mark).join(", ")})${dialect.orNothing}`,
    }
  }

  *read(key: string): Plan<StoredValue | undefined> {
    const { rows } = yield this.#select(key, "")
    const row = rows[0]
    return row === undefined || this.#isExpired(row) ? undefined : storedValue(key, row)
  }

  /** A write that looks at nothing before: one statement. */
  *replace(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry> {
    const entry = this.#newEntry(key, bytes, request)
    yield { sql: this.#sql.replace, values: this.#row(key, bytes, entry) }
    return entry
  }

  /** A write that checks the revision or keeps copies; needs a transaction. */
  *write(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry> {
    const current = yield* this.#current(key, request.ifRevision)
    const entry = this.#newEntry(key, bytes, request)
    const keeps = yield* this.#backUp(key, current, request)
    const step = this.#store(key, bytes, entry, current)
    const { numAffectedRows = 0n } = yield step
    if (numAffectedRows === 0n) throw conflict(key)
    if (request.version !== undefined)
      yield this.#keep(key, request.version, "version", bytes, entry)
    if (keeps || request.version !== undefined) yield* this.#expire(key, request)
    return {
      ...entry,
      ...(keeps && { backup: request.backup! }),
      ...(request.version !== undefined && { version: request.version }),
    }
  }

  /**
   * Leaves a tombstone: a row that has expired, with a revision of its own, so that a watcher who saw
   * neither the value nor its end still learns of the end. Needs a transaction.
   */
  *delete(key: string, request: DeleteRequest): Plan<boolean> {
    const current = yield* this.#current(key, request.ifRevision)
    const keeps = yield* this.#backUp(key, current, request)
    const { idColumn, mark } = this.#dialect
    const id = this.#dialect.idOf(storedKey(key))
    const isLive = current !== undefined && !this.#isExpired(current)
    if (isLive) {
      const values = ["", uuidv7(), this.#clock(), -this.#clock(), empty, id, current.revision]
      const { numAffectedRows = 0n } = yield { sql: this.#sql.update, values }
      if (numAffectedRows === 0n) throw conflict(key)
    }
    if (request.history) {
      yield { sql: `delete from ${this.#history} where ${idColumn} = ${mark(1)}`, values: [id] }
    } else if (keeps) yield* this.#expire(key, request)
    return isLive
  }

  *history(key: string): Plan<HistoryEntry[]> {
    const size = "length(bytes)"
    const { rows } = yield this.#copies(key, `id, kind, format, saved_at, ${size} as size`)
    return rows
      .filter(({ kind }) => kind !== "damaged")
      .map((row) => ({
        id: row.id as string,
        kind: row.kind as HistoryKind,
        savedAt: new Date(Number(row.saved_at)),
        size: Number(row.size),
        format: row.format as string,
      }))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  *readHistory(key: string, id: string): Plan<StoredValue | undefined> {
    const { mark } = this.#dialect
    const step = this.#copies(key, "id, kind, format, saved_at, bytes")
    const { rows } = yield { sql: `${step.sql} and id = ${mark(2)}`, values: [...step.values, id] }
    const row = rows[0]
    if (row === undefined || row.kind === "damaged") return undefined
    return storedValue(key, { ...row, revision: id, expires_at: null })
  }

  *quarantine(key: string, { bytes, entry }: StoredValue): Plan<void> {
    const step = this.#copies(key, "id, kind")
    const { rows } = yield step
    if (rows.filter(({ kind }) => kind === "damaged").length >= mostQuarantined) return
    const id = `damaged-${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`
    yield this.#keep(key, id, "damaged", bytes, entry)
  }

  /** One page of entries whose ids come after `after`. */
  *page(prefix: string, after: unknown, limit: number): Plan<{ entries: Entry[]; last: unknown }> {
    const { idColumn: id, mark } = this.#dialect
    const names = id === "name" ? "name" : `${id}, name`
    const match = this.#dialect.startsWith(storedKey(prefix), 1)
    const from = after === undefined ? "" : ` and ${id} > ${mark(match.values.length + 1)}`
    const { rows } = yield {
      sql: `select ${names}, format, revision, saved_at, expires_at, length(bytes) as size from ${this.#table} where ${match.sql}${from} order by ${id} limit ${limit}`,
      values: after === undefined ? match.values : [...match.values, after],
    }
    const entries = rows.filter((row) => !this.#isExpired(row)).map((row) => this.#entryOf(row))
    return { entries, last: rows.length < limit ? undefined : rows.at(-1)![id] }
  }

  *keys(prefix: string): Plan<string[]> {
    const match = this.#dialect.startsWith(storedKey(prefix), 1)
    const { rows } = yield {
      sql: `select name, expires_at from ${this.#table} where ${match.sql}`,
      values: match.values,
    }
    const live = rows.filter((row) => !this.#isExpired(row))
    return live.map(({ name }) => keyFromStored(this.#dialect.readName(name)))
  }

  /** The state of every key, for watching: its revision, behind a "-" when it is gone. */
  *states(prefix: string): Plan<Map<string, string>> {
    const match = this.#dialect.startsWith(storedKey(prefix), 1)
    const { rows } = yield {
      sql: `select name, revision, expires_at from ${this.#table} where ${match.sql}`,
      values: match.values,
    }
    return new Map(
      rows.map((row) => [
        keyFromStored(this.#dialect.readName(row.name)),
        `${this.#isExpired(row) ? "-" : ""}${row.revision}`,
      ]),
    )
  }

  /** Removes what has expired, and tombstones after an hour. */
  purge(): Step {
    const { mark } = this.#dialect
    const now = this.#clock()
    const sql = `delete from ${this.#table} where expires_at between 1 and ${mark(1)} or expires_at between ${mark(2)} and 0`
    return { sql, values: [now, -(now - tombstoneLife)] }
  }

  *#current(key: string, ifRevision: string | null | undefined): Plan<PlanRow | undefined> {
    const { rows } = yield this.#select(key, this.#dialect.forUpdate)
    const row = rows[0]
    if (ifRevision === undefined) return row
    const live = row === undefined || this.#isExpired(row) ? null : (row.revision as string)
    if (live !== ifRevision) throw conflict(key)
    return row
  }

  *#backUp(
    key: string,
    current: PlanRow | undefined,
    request: WriteRequest | DeleteRequest,
  ): Plan<boolean> {
    if (request.backup === undefined || current === undefined || this.#isExpired(current))
      return false
    const { bytes, entry } = storedValue(key, current)
    if (!request.isValid(bytes, entry.format)) return false
    yield this.#keep(key, request.backup, "backup", bytes, {
      ...entry,
      savedAt: new Date(this.#clock()),
    })
    return true
  }

  *#expire(key: string, { retention }: WriteRequest | DeleteRequest): Plan<void> {
    const history = yield* this.history(key)
    const { idColumn, mark } = this.#dialect
    const key1 = this.#dialect.idOf(storedKey(key))
    for (const id of expiredHistory(history, retention, this.#clock())) {
      const sql = `delete from ${this.#history} where ${idColumn} = ${mark(1)} and id = ${mark(2)}`
      yield { sql, values: [key1, id] }
    }
  }

  #select(key: string, suffix: string): Step {
    return { sql: this.#sql.read + suffix, values: [this.#dialect.idOf(storedKey(key))] }
  }

  #copies(key: string, columns: string): Step {
    const { idColumn, mark } = this.#dialect
    const sql = `select ${columns} from ${this.#history} where ${idColumn} = ${mark(1)}`
    return { sql, values: [this.#dialect.idOf(storedKey(key))] }
  }

  #store(key: string, bytes: Uint8Array, entry: Entry, current: PlanRow | undefined): Step {
    const row = this.#row(key, bytes, entry)
    if (current === undefined) return { sql: this.#sql.insert, values: row }
    const values = [...row.slice(-valueColumns.length), row[0], current.revision]
    return { sql: this.#sql.update, values }
  }

  #keep(key: string, id: string, kind: string, bytes: Uint8Array, entry: Entry): Step {
    const { format, savedAt } = entry
    const values = [this.#dialect.idOf(storedKey(key)), id, kind, format, savedAt.getTime(), bytes]
    return { sql: this.#sql.keep, values }
  }

  #row(key: string, bytes: Uint8Array, entry: Entry): unknown[] {
    const stored = storedKey(key)
    const name = this.#dialect.nameOf(stored)
    const expires = entry.expiresAt?.getTime() ?? null
    const values = [entry.format, entry.revision, entry.savedAt.getTime(), expires, bytes]
    return [this.#dialect.idOf(stored), ...(name === undefined ? [] : [name]), ...values]
  }

  #newEntry(key: string, bytes: Uint8Array, { format, expiresAt }: WriteRequest): Entry {
    return {
      key,
      size: bytes.byteLength,
      revision: uuidv7(),
      savedAt: new Date(this.#clock()),
      format,
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    }
  }

  #entryOf(row: PlanRow): Entry {
    const key = keyFromStored(this.#dialect.readName(row.name))
    return entryOf(key, row, Number(row.size))
  }

  #isExpired(row: PlanRow): boolean {
    return row.expires_at !== null && Number(row.expires_at) <= this.#clock()
  }
}

function storedValue(key: string, row: PlanRow): StoredValue {
  const bytes = row.bytes as Uint8Array
  return { bytes, entry: entryOf(key, row, bytes.byteLength) }
}

function entryOf(key: string, row: PlanRow, size: number): Entry {
  return {
    key,
    size,
    revision: row.revision as string,
    savedAt: new Date(Number(row.saved_at)),
    format: row.format as string,
    ...(row.expires_at !== null && { expiresAt: new Date(Number(row.expires_at)) }),
  }
}

function conflict(key: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was changed by somebody else in between; load it again and repeat the change.`,
    { key },
  )
}
