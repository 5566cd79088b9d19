import {
  type DeleteRequest,
  type Entry,
  PersistError,
  type StoredValue,
  type WriteRequest,
} from "@persist/core"
import type { QueryResult } from "kysely"
import { uuidv7 } from "../table/uuid.ts"
import { HistoryPlans } from "./history-plans.ts"
import type { Plan, PlanRow, Step } from "./plan.ts"
import { type StoreTables, storedValue } from "./store-tables.ts"
import { storedKey } from "./stored-key.ts"

const valueColumns = ["format", "revision", "saved_at", "expires_at", "bytes"] as const
const empty = new Uint8Array(0)

/** What a `TableStorage` asks of the value of a key. */
export class StorePlans {
  /** Statements that make the tables, which do nothing when they are there. */
  readonly create: readonly string[]
  readonly history: HistoryPlans
  readonly #tables: StoreTables
  readonly #sql: Readonly<Record<"read" | "replace" | "insert" | "update", string>>

  constructor(tables: StoreTables) {
    const { dialect, values: table } = tables
    const { idColumn: id, mark, insert } = dialect
    this.#tables = tables
    this.history = new HistoryPlans(tables)
    this.create = dialect.create(table, tables.history)
    const columns = [id, ...(id === "name" ? [] : ["name"]), ...valueColumns]
    const marks = columns.map((_, index) => mark(index + 1)).join(", ")
    const values = `into ${table} (${columns.join(", ")}) values (${marks})`
    const sets = valueColumns.map((column, index) => `${column} = ${mark(index + 1)}`)
    this.#sql = {
      read: `select ${valueColumns.join(", ")} from ${table} where ${id} = ${mark(1)}`,
      replace: `insert ${values}${dialect.orReplace(valueColumns)}`,
      insert: `${insert} ${values}${dialect.orNothing}`,
      update: `update ${table} set ${sets.join(", ")} where ${id} = ${mark(6)} and revision = ${mark(7)}`,
    }
  }

  *read(key: string): Plan<StoredValue | undefined> {
    return this.readResult(key, yield this.readStep(key))
  }

  /** The one statement of `read`, for the hot path. */
  readStep(key: string): Step {
    return { sql: this.#sql.read, values: [this.#tables.idOf(key)] }
  }

  readResult(key: string, { rows }: QueryResult<PlanRow>): StoredValue | undefined {
    const row = rows[0]
    return row === undefined || this.#tables.isExpired(row) ? undefined : storedValue(key, row)
  }

  /** A write that looks at nothing before: one statement. */
  *replace(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry> {
    const entry = this.#newEntry(key, bytes, request)
    yield { sql: this.#sql.replace, values: this.#row(key, bytes, entry) }
    return entry
  }

  /** A write that checks the revision or keeps copies; needs a transaction. */
  *write(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry> {
    const { version, backup } = request
    const current = yield* this.#current(key, request.ifRevision)
    const entry = this.#newEntry(key, bytes, request)
    const keeps = yield* this.#backUp(key, current, request)
    const { numAffectedRows = 0n } = yield this.#store(key, bytes, entry, current)
    if (numAffectedRows === 0n) throw conflict(key)
    if (version !== undefined) yield this.history.keep(key, version, "version", bytes, entry)
    if (keeps || version !== undefined) yield* this.history.expire(key, request.retention)
    return {
      ...entry,
      ...(keeps && { backup: backup! }),
      ...(version !== undefined && { version }),
    }
  }

  /**
   * Leaves a tombstone: a row that has expired, with a revision of its own, so that a watcher who saw
   * neither the value nor its end still learns of the end. Needs a transaction.
   */
  *delete(key: string, request: DeleteRequest): Plan<boolean> {
    const current = yield* this.#current(key, request.ifRevision)
    const keeps = yield* this.#backUp(key, current, request)
    const isLive = current !== undefined && !this.#tables.isExpired(current)
    if (isLive) {
      const now = this.#tables.clock()
      const values = ["", uuidv7(), now, -now, empty, this.#tables.idOf(key), current.revision]
      const { numAffectedRows = 0n } = yield { sql: this.#sql.update, values }
      if (numAffectedRows === 0n) throw conflict(key)
    }
    if (request.history) yield this.history.clear(key)
    else if (keeps) yield* this.history.expire(key, request.retention)
    return isLive
  }

  *#current(key: string, ifRevision: string | null | undefined): Plan<PlanRow | undefined> {
    const sql = this.#sql.read + this.#tables.dialect.forUpdate
    const { rows } = yield { sql, values: [this.#tables.idOf(key)] }
    const row = rows[0]
    if (ifRevision === undefined) return row
    const live = row === undefined || this.#tables.isExpired(row) ? null : (row.revision as string)
    if (live !== ifRevision) throw conflict(key)
    return row
  }

  *#backUp(
    key: string,
    current: PlanRow | undefined,
    request: WriteRequest | DeleteRequest,
  ): Plan<boolean> {
    if (request.backup === undefined || current === undefined) return false
    if (this.#tables.isExpired(current)) return false
    const { bytes, entry } = storedValue(key, current)
    if (!request.isValid(bytes, entry.format)) return false
    const kept = { ...entry, savedAt: new Date(this.#tables.clock()) }
    yield this.history.keep(key, request.backup, "backup", bytes, kept)
    return true
  }

  #store(key: string, bytes: Uint8Array, entry: Entry, current: PlanRow | undefined): Step {
    const row = this.#row(key, bytes, entry)
    if (current === undefined) return { sql: this.#sql.insert, values: row }
    const values = [...row.slice(-valueColumns.length), row[0], current.revision]
    return { sql: this.#sql.update, values }
  }

  #row(key: string, bytes: Uint8Array, entry: Entry): unknown[] {
    const name = this.#tables.dialect.nameOf(storedKey(key))
    const expires = entry.expiresAt?.getTime() ?? null
    const values = [entry.format, entry.revision, entry.savedAt.getTime(), expires, bytes]
    return [this.#tables.idOf(key), ...(name === undefined ? [] : [name]), ...values]
  }

  #newEntry(key: string, bytes: Uint8Array, { format, expiresAt }: WriteRequest): Entry {
    return {
      key,
      size: bytes.byteLength,
      revision: uuidv7(),
      savedAt: new Date(this.#tables.clock()),
      format,
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    }
  }
}

function conflict(key: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was changed by somebody else in between; load it again and repeat the change.`,
    { key },
  )
}
