import { hostname } from "node:os"
import { type LeaseGrant, type LeaseRefusal, storedKey } from "@persist/core"
import type { EngineName } from "../engines/engine.ts"
import type { Plan, Step } from "../storage/plan.ts"
import { type StoreDialect, storeDialect } from "../storage/store-dialect.ts"
import { holderText, readHolder } from "./lease-holder.ts"

const table = "persist_leases"

/** Milliseconds of the database's own clock: whoever compares with it compares with the same one. */
const clocks: Readonly<Record<EngineName, string>> = {
  sqlite: "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)",
  postgres: "floor(extract(epoch from clock_timestamp()) * 1000)::bigint",
  mysql: "cast(unix_timestamp(sysdate(3)) * 1000 as signed)",
}

const tables: Readonly<Record<EngineName, string>> = {
  sqlite:
    "name text primary key not null, nonce text not null, token integer not null, expires_at integer not null, holder text not null",
  postgres:
    "name_hash bytea primary key, name bytea not null, nonce text not null, token bigint not null, expires_at bigint not null, holder text not null",
  mysql:
    "name_hash binary(32) primary key, name longblob not null, nonce varchar(64) character set ascii collate ascii_bin not null, token bigint not null, expires_at bigint not null, holder varchar(400) character set utf8mb4 not null",
}

/** The statements of leases: one row for each name, which is never deleted, so that tokens only rise. */
export class LeasePlans {
  readonly create: string
  readonly #dialect: StoreDialect
  readonly #clock: string
  readonly #holder = `process ${process.pid} on ${hostname()}`

  constructor(engine: EngineName) {
    this.#dialect = storeDialect(engine)
    this.#clock = clocks[engine]
    this.create = `create table if not exists ${table} (${tables[engine]})${engine === "mysql" ? " engine = InnoDB" : ""}`
  }

  /** Makes the row of a lease that nobody has asked for yet. Runs on its own: a lock on a row that is not there would be in the way of others. */
  *prepare(name: string): Plan<void> {
    const { idColumn, insert, mark, orNothing } = this.#dialect
    const key = storedKey(name)
    const bytes = this.#dialect.nameOf(key)
    const given: readonly (readonly [column: string, value: unknown])[] = [
      [idColumn, this.#dialect.idOf(key)],
      ...(bytes === undefined ? [] : [["name", bytes] as const]),
      ["nonce", ""],
      ["token", 0],
      ["expires_at", 0],
      ["holder", ""],
    ]
    const columns = given.map(([column]) => column).join(", ")
    const marks = given.map((_, index) => mark(index + 1)).join(", ")
    yield {
      sql: `${insert} into ${table} (${columns}) values (${marks})${orNothing}`,
      values: given.map(([, value]) => value),
    }
  }

  /**
   * Needs a transaction. Where the lease would be held for longer than its time, the clock was set back: then what counts
   * is how long ago that was first seen, which is noted. On a clock that was set right again meanwhile, it ends as it
   * always would.
   *
   * @returns `undefined` when the row is missing.
   */
  *acquire(name: string, nonce: string, ttl: number): Plan<LeaseGrant | LeaseRefusal | undefined> {
    const { idColumn, mark, forUpdate } = this.#dialect
    const id = this.#dialect.idOf(storedKey(name))
    const { rows } = yield {
      sql: `select nonce, token, expires_at, ${this.#clock} as asked_at, holder from ${table} where ${idColumn} = ${mark(1)}${forUpdate}`,
      values: [id],
    }
    const row = rows[0]
    if (row === undefined) return undefined
    const [expiresAt, now] = [Number(row.expires_at), Number(row.asked_at)]
    const isMine = expiresAt > now && row.nonce === nonce
    if (expiresAt > now && !isMine) {
      const { name: holder, ttl: whole, seen } = readHolder(row.holder as string)
      let heldFor = expiresAt - now
      if (heldFor > whole) {
        const isSeen = seen?.expiresAt === expiresAt && seen.at <= now
        const at = isSeen ? seen.at : now
        if (!isSeen) {
          yield {
            sql: `update ${table} set holder = ${mark(1)} where ${idColumn} = ${mark(2)}`,
            values: [holderText({ name: holder, ttl: whole, seen: { expiresAt, at } }), id],
          }
        }
        heldFor = at + whole - now
      }
      if (heldFor > 0) return { heldFor, holder }
    }
    const token = Number(row.token) + (isMine ? 0 : 1)
    yield {
      sql: `update ${table} set nonce = ${mark(1)}, token = ${mark(2)}, expires_at = ${this.#clock} + ${mark(3)}, holder = ${mark(4)} where ${idColumn} = ${mark(5)}`,
      values: [nonce, token, ttl, holderText({ name: this.#holder, ttl }), id],
    }
    return { token }
  }

  renew(name: string, nonce: string, ttl: number): Step {
    return this.#ofHolder(name, nonce, `${this.#clock} + ${this.#dialect.mark(1)}`, [ttl])
  }

  release(name: string, nonce: string): Step {
    return this.#ofHolder(name, nonce, this.#dialect.mark(1), [0])
  }

  #ofHolder(name: string, nonce: string, expiresAt: string, values: readonly unknown[]): Step {
    const { idColumn, mark } = this.#dialect
    return {
      sql: `update ${table} set expires_at = ${expiresAt} where ${idColumn} = ${mark(2)} and nonce = ${mark(3)} and expires_at > ${this.#clock}`,
      values: [...values, this.#dialect.idOf(storedKey(name)), nonce],
    }
  }
}
