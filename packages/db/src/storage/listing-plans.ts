import { type Entry, storedKey } from "@persist/core"
import type { Plan, PlanRow, Step } from "./plan.ts"
import { entryOf, type StoreTables } from "./store-tables.ts"
import type { States } from "./watch-states.ts"

const tombstoneLife = 3_600_000
const empty = new Uint8Array(0)

/** Where a page has ended. */
type PageEnd = readonly unknown[]

interface Page {
  readonly entries: readonly Entry[]
  /** Where it ended, unless it was the last one. */
  readonly last: PageEnd | undefined
}

/** What a `TableStorage` asks of all keys below a prefix. */
export class ListingPlans {
  readonly #tables: StoreTables

  constructor(tables: StoreTables) {
    this.#tables = tables
  }

  /** One page of entries that come after `last`. */
  *page(prefix: string, last: PageEnd | undefined, limit: number): Plan<Page> {
    const { dialect, values } = this.#tables
    const { idColumn: id, order } = dialect
    const names = id === "name" ? "name" : `${id}, name`
    const match = dialect.startsWith(storedKey(prefix), 1)
    const from = last === undefined ? "" : ` and ${order.after(match.values.length + 1)}`
    const { rows } = yield {
      sql: `select ${names}, format, revision, saved_at, expires_at, fence, length(bytes) as size from ${values} where ${match.sql}${from} order by ${order.columns} limit ${limit}`,
      values: [...match.values, ...(last ?? [])],
    }
    const entries = this.#below(prefix, rows)
      .filter((row) => !this.#tables.isExpired(row))
      .map((row) => entryOf(this.#tables.keyOf(row), row, Number(row.size)))
    return { entries, last: rows.length < limit ? undefined : order.valuesOf(rows.at(-1)!) }
  }

  *keys(prefix: string): Plan<string[]> {
    const { rows } = yield this.#select("name, expires_at", prefix)
    const live = this.#below(prefix, rows).filter((row) => !this.#tables.isExpired(row))
    return live.map((row) => this.#tables.keyOf(row))
  }

  /** The state of every key, for watching: its revision, behind a "-" when it is gone. */
  *states(prefix: string): Plan<States> {
    const { rows } = yield this.#select("name, revision, expires_at", prefix)
    const states = new Map<string, string>()
    let nextExpiry = Number.POSITIVE_INFINITY
    for (const row of this.#below(prefix, rows)) {
      const isGone = this.#tables.isExpired(row)
      if (!isGone && row.expires_at !== null) {
        nextExpiry = Math.min(nextExpiry, Number(row.expires_at))
      }
      states.set(this.#tables.keyOf(row), `${isGone ? "-" : ""}${row.revision}`)
    }
    return { states, nextExpiry }
  }

  /** Whether the database can digest the states itself. */
  get canDigest(): boolean {
    return this.#tables.dialect.digest !== undefined
  }

  /** A text that is another one when `states` is, without sending every row. */
  *digest(prefix: string): Plan<string> {
    const { dialect, values: table, clock } = this.#tables
    const match = dialect.startsWith(storedKey(prefix), 1)
    const { rows } = yield {
      sql: `select ${dialect.digest} as digest, (select count(*) from ${table} where expires_at <= ${dialect.mark(1)}) as expired from ${table} where ${match.sql}`,
      values: [clock(), ...match.values],
    }
    return `${rows[0]!.digest} ${rows[0]!.expired}`
  }

  /** Removes what has expired, and tombstones after an hour; of a key with a fence only the value goes. */
  *purge(): Plan<void> {
    const { dialect, clock, values } = this.#tables
    const { mark } = dialect
    const now = clock()
    // Where marks have no numbers, they take the values in the order of the text.
    yield {
      sql: `delete from ${values} where (expires_at between 1 and ${mark(1)} or expires_at between ${mark(2)} and 0) and fence is null`,
      values: [now, -(now - tombstoneLife)],
    }
    yield {
      sql: `update ${values} set bytes = ${mark(1)} where expires_at between 1 and ${mark(2)} and fence is not null and length(bytes) > 0`,
      values: [empty, now],
    }
  }

  /** A range of names may hold others: SQLite compares their bytes, which in UTF-16 are not in the order of characters. */
  #below(prefix: string, rows: readonly PlanRow[]): readonly PlanRow[] {
    if (this.#tables.dialect.idColumn !== "name" || prefix === "") return rows
    const start = storedKey(prefix)
    return rows.filter(({ name }) => (name as string).startsWith(start))
  }

  #select(columns: string, prefix: string): Step {
    const match = this.#tables.dialect.startsWith(storedKey(prefix), 1)
    const sql = `select ${columns} from ${this.#tables.values} where ${match.sql}`
    return { sql, values: match.values }
  }
}
