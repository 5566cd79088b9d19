import type { LeaseGrant, LeaseRefusal } from "@persist/core"
import Sqlite from "better-sqlite3"
import { afterEach, beforeEach, expect, test } from "vitest"
import { LeasePlans } from "../src/lease/lease-plans.ts"
import { type Plan, runPlanNow, type Step } from "../src/storage/plan.ts"

const ttl = 10_000
const hour = 3_600_000
const start = 1_800_000_000_000
const clock = /cast\(round\(\(julianday\('now'\).*? as integer\)/g

/** What a database answers whose clock is set as one likes. */
let database: Sqlite.Database
const plans = new LeasePlans("sqlite")
beforeEach(() => {
  database = new Sqlite(":memory:")
  database.exec(plans.create)
  run(start, plans.prepare("a"))
})
afterEach(() => database.close())

function execute(now: number, sql: string, values: readonly unknown[]) {
  const statement = database.prepare(sql.replace(clock, String(now)))
  if (statement.reader) return { rows: statement.all(...values) as Record<string, unknown>[] }
  return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) }
}
function run<T>(now: number, plan: Plan<T>): T {
  return runPlanNow(plan, (sql, values) => execute(now, sql, values))
}
const does = (now: number, { sql, values }: Step) =>
  execute(now, sql, values).numAffectedRows === 1n

/** For how long it is held by another; 0 when it was granted. */
function heldFor(now: number, nonce = "other"): number {
  const answer = run<LeaseGrant | LeaseRefusal | undefined>(now, plans.acquire("a", nonce, ttl))!
  if ("token" in answer) return 0
  expect(answer.holder).toMatch(new RegExp(`^process ${process.pid} on [^\\n]+$`))
  return answer.heldFor
}
const renew = (now: number, nonce: string) => does(now, plans.renew("a", nonce, ttl))

test("a lease ends its time after its holder was first asked after on a clock that was set back", () => {
  expect(heldFor(start, "dead")).toBe(0)
  expect(renew(start + 4000, "dead")).toBe(true)
  expect(heldFor(start - hour)).toBe(ttl)
  expect(heldFor(start - hour + ttl - 1)).toBe(1)
  expect(heldFor(start - hour + ttl)).toBe(0)
  expect(heldFor(start - hour + ttl, "third")).toBe(ttl)
  expect(renew(start - hour + ttl, "dead")).toBe(false)
})

test("a lease goes on while it is renewed, and can be released, on a clock that is set back", () => {
  expect(heldFor(start, "alive")).toBe(0)
  expect(heldFor(start - hour)).toBe(ttl)
  expect(renew(start - hour + 9000, "alive")).toBe(true)
  expect(heldFor(start - hour + 9000)).toBe(ttl)
  expect(heldFor(start - hour + 18_999)).toBe(1)
  // What was seen before it was renewed does not count on a clock that is set back once more.
  expect(heldFor(start - hour + 6000)).toBe(ttl)
  // The answer to a request that was repeated.
  expect(heldFor(start - 2 * hour, "alive")).toBe(0)
  expect(heldFor(start - 2 * hour + ttl - 1)).toBe(1)
  expect(does(start - 3 * hour, plans.release("a", "alive"))).toBe(true)
  expect(heldFor(start - 3 * hour)).toBe(0)
})

test("a lease is not over before its time on a clock that was set right again, or back once more", () => {
  expect(heldFor(start, "alive")).toBe(0)
  expect(heldFor(start + 1000 - hour)).toBe(ttl)
  expect(heldFor(start + 2000)).toBe(8000)
  expect(heldFor(start + 2000 - 2 * hour)).toBe(ttl)
  expect(heldFor(start + 3000 - 2 * hour)).toBe(9000)
  expect(heldFor(start + ttl)).toBe(0)
})

test("the row of an older program, which does not say for how long, is held to its end", () => {
  expect(heldFor(start, "older")).toBe(0)
  database.prepare("update persist_leases set holder = ?").run(`process ${process.pid} on host`)
  expect(heldFor(start - hour)).toBe(hour + ttl)
  expect(heldFor(start + ttl)).toBe(0)
})
