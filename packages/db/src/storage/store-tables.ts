import { type Entry, keyFromStored, type StoredValue, storedKey } from "@persist/core"
import type { PlanRow } from "./plan.ts"
import type { StoreDialect } from "./store-dialect.ts"

/** The two tables of a storage, and what their rows mean. */
export class StoreTables {
  readonly dialect: StoreDialect
  readonly clock: () => number
  /** The name of the table of values, bare and quoted. */
  readonly name: string
  readonly values: string
  /** The quoted name of the table of versions and backups. */
  readonly history: string

  constructor(name: string, dialect: StoreDialect, clock: () => number) {
    this.dialect = dialect
    this.clock = clock
    this.name = `persist_${name}`
    this.values = dialect.quote(this.name)
    this.history = dialect.quote(`${this.name}_history`)
  }

  /** What identifies `key` in both tables. */
  idOf(key: string): unknown {
    return this.dialect.idOf(storedKey(key))
  }

  keyOf(row: PlanRow): string {
    return keyFromStored(this.dialect.readName(row.name))
  }

  /** Whether the value is gone: its time is over, or the row is the tombstone of a deleted one. */
  isExpired(row: PlanRow): boolean {
    return row.expires_at !== null && Number(row.expires_at) <= this.clock()
  }
}

/** The value in a row. */
export function storedValue(key: string, row: PlanRow): StoredValue {
  const bytes = row.bytes as Uint8Array
  return { bytes, entry: entryOf(key, row, bytes.byteLength) }
}

export function entryOf(key: string, row: PlanRow, size: number): Entry {
  return {
    key,
    size,
    revision: row.revision as string,
    savedAt: new Date(Number(row.saved_at)),
    format: row.format as string,
    ...(row.expires_at !== null && { expiresAt: new Date(Number(row.expires_at)) }),
    ...(isNumber(row.fence) && { fence: Number(row.fence) }),
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint"
}
