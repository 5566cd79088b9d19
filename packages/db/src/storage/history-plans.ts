import { createHash } from "node:crypto"
import {
  type Entry,
  expiredHistory,
  type HistoryEntry,
  type HistoryKind,
  historyIdTime,
  type Retention,
  type StoredValue,
  type WriteRequest,
} from "@persist/core"
import type { Plan, Step } from "./plan.ts"
import { type StoreTables, storedValue } from "./store-tables.ts"

const mostQuarantined = 10
const kinds: readonly HistoryKind[] = ["version", "backup"]

/** What a `TableStorage` asks of the versions and backups of a key. */
export class HistoryPlans {
  readonly #tables: StoreTables
  readonly #keep: string

  constructor(tables: StoreTables) {
    const { idColumn, insert, mark, orNothing } = tables.dialect
    const marks = [1, 2, 3, 4, 5, 6].map(mark).join(", ")
    this.#tables = tables
    this.#keep = `${insert} into ${tables.history} (${idColumn}, id, kind, format, saved_at, bytes) values (${marks})${orNothing}`
  }

  /** The history of a key, or `only` one kind of it. */
  *list(key: string, only?: HistoryKind): Plan<HistoryEntry[]> {
    const { sql, values } = this.#select(key, "id, kind, format, saved_at, length(bytes) as size")
    const ofKind = ` and kind = ${this.#tables.dialect.mark(2)}`
    const { rows } = yield only === undefined
      ? { sql, values }
      : { sql: sql + ofKind, values: [...values, only] }
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

  *read(key: string, id: string): Plan<StoredValue | undefined> {
    const { sql, values } = this.#select(key, "id, kind, format, saved_at, bytes")
    const { rows } = yield {
      sql: `${sql} and id = ${this.#tables.dialect.mark(2)}`,
      values: [...values, id],
    }
    const row = rows[0]
    if (row === undefined || row.kind === "damaged") return undefined
    return storedValue(key, { ...row, revision: id, expires_at: null })
  }

  /** Keeps damaged bytes aside: once for the same bytes, and only so many of a key. */
  *quarantine(key: string, { bytes, entry }: StoredValue): Plan<void> {
    const { rows } = yield this.#select(key, "id, kind")
    if (rows.filter(({ kind }) => kind === "damaged").length >= mostQuarantined) return
    const id = `damaged-${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`
    yield this.keep(key, id, "damaged", bytes, entry)
  }

  /** Removes what retention does not keep of what has come anew; where all is kept, nothing is looked at. */
  *expire(
    key: string,
    { version, backup, retention }: Pick<WriteRequest, "version" | "backup" | "retention">,
  ): Plan<void> {
    const { dialect, history, clock } = this.#tables
    const limited = kinds.filter((kind) => isLimited(retention, kind))
    const added = { version, backup }
    if (limited.every((kind) => added[kind] === undefined)) return
    // Of what is kept without a limit there may be very many.
    const only = limited.length === 1 ? limited[0] : undefined
    const { idColumn, mark } = dialect
    const copies = yield* this.list(key, only)
    for (const id of expiredHistory(copies, retention, clock(), [version, backup])) {
      const sql = `delete from ${history} where ${idColumn} = ${mark(1)} and id = ${mark(2)}`
      yield { sql, values: [this.#tables.idOf(key), id] }
    }
  }

  keep(key: string, id: string, kind: string, bytes: Uint8Array, entry: Entry): Step {
    const { format, savedAt } = entry
    // That of a copy is in its id, which it keeps when it moves from storage to storage; damaged bytes have none.
    const time = kind === "damaged" ? savedAt.getTime() : historyIdTime(id)
    const values = [this.#tables.idOf(key), id, kind, format, time, bytes]
    return { sql: this.#keep, values }
  }

  /** Removes every copy of a key. */
  clear(key: string): Step {
    const { idColumn, mark } = this.#tables.dialect
    const sql = `delete from ${this.#tables.history} where ${idColumn} = ${mark(1)}`
    return { sql, values: [this.#tables.idOf(key)] }
  }

  #select(key: string, columns: string): Step {
    const { idColumn, mark } = this.#tables.dialect
    const sql = `select ${columns} from ${this.#tables.history} where ${idColumn} = ${mark(1)}`
    return { sql, values: [this.#tables.idOf(key)] }
  }
}

function isLimited({ versions, backups, maxAge }: Retention, kind: HistoryKind): boolean {
  return Number.isFinite(kind === "version" ? versions : backups) || Number.isFinite(maxAge)
}
