import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  expiredHistory,
  type HistoryEntry,
  PersistError,
  type StorageOptions,
} from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

const now = 1_000_000
const history = fc
  .array(
    fc.record({ kind: fc.constantFrom("version" as const, "backup" as const), age: fc.nat(1000) }),
  )
  .map((copies) =>
    copies
      .toSorted((a, b) => b.age - a.age)
      .map(({ kind, age }, index): HistoryEntry => {
        const id = String(index).padStart(4, "0")
        return { id, kind, savedAt: new Date(now - age), size: 1, format: ".json" }
      }),
  )
const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Number.POSITIVE_INFINITY))
const retention = fc.record({
  versions: count,
  backups: count,
  maxAge: fc.oneof(fc.nat(1000), fc.constant(Number.POSITIVE_INFINITY)),
})

describe("expiredHistory", () => {
  test("keeps of each kind the newest, as many and as old as told", () => {
    fc.assert(
      fc.property(history, retention, (copies, limits) => {
        const expired = new Set(expiredHistory(copies, limits, now))
        for (const kind of ["version", "backup"] as const) {
          const all = copies.filter((copy) => copy.kind === kind)
          const kept = all.filter(({ id }) => !expired.has(id))
          const limit = kind === "version" ? limits.versions : limits.backups
          expect(kept.length).toBeLessThanOrEqual(limit)
          // What is kept is newer than all that is not, and the newest is always kept.
          expect(kept).toEqual(all.slice(all.length - kept.length))
          expect(kept.length === 0).toBe(all.length === 0)
          for (const { savedAt } of kept.slice(0, -1)) {
            expect(now - savedAt.getTime()).toBeLessThanOrEqual(limits.maxAge)
          }
          // Nothing is removed that both limits allow.
          const allowed = all.filter(
            ({ savedAt }, index) =>
              all.length - index <= limit && now - savedAt.getTime() <= limits.maxAge,
          )
          expect(kept.length).toBeGreaterThanOrEqual(allowed.length)
        }
      }),
    )
  })
})

describe("expiredHistory after a change", () => {
  test("keeps what was added as the newest, wherever its id sorts", () => {
    const added = fc.tuple(fc.nat(), fc.nat())
    fc.assert(
      fc.property(history, retention, added, fc.nat(200_000), (copies, limits, places, behind) => {
        const time = now - behind
        const ids = (["version", "backup"] as const).flatMap((kind, index) => {
          const all = copies.filter((copy) => copy.kind === kind)
          return all.length === 0 ? [] : [all[places[index]! % all.length]!.id]
        })
        const expired = expiredHistory(copies, limits, time, [undefined, ...ids])
        const others = copies.filter(({ id }) => !ids.includes(id))
        const without = new Set(expiredHistory(copies, limits, time))
        for (const id of ids) expect(expired).not.toContain(id)
        for (const kind of ["version", "backup"] as const) {
          const limit = kind === "version" ? limits.versions : limits.backups
          const all = copies.filter((copy) => copy.kind === kind)
          const kept = all.filter(({ id }) => !expired.includes(id))
          expect(kept.length).toBeLessThanOrEqual(limit)
          // It takes the place of at most one.
          const before = others.filter(({ id, ...copy }) => copy.kind === kind && !without.has(id))
          const lost = before.filter(({ id }) => expired.includes(id))
          expect(lost.length).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})

describe("expiredHistory after a clock that was ahead", () => {
  const copy = (id: string, savedAt: number): HistoryEntry => {
    return { id, kind: "version", savedAt: new Date(savedAt), size: 1, format: ".json" }
  }
  const limits = { versions: 3, backups: 3, maxAge: Number.POSITIVE_INFINITY }

  test("keeps what was made now, and lets the copies from ahead go first", () => {
    const ahead = ["x", "y", "z"].map((id, index) => copy(id, now + 86_400_000 + index))
    expect(expiredHistory([copy("a", now), ...ahead], limits, now)).toEqual(["x"])
    const usual = ["a", "b", "c", "d"].map((id, index) => copy(id, now - 10 + index))
    expect(expiredHistory([...usual, ...ahead], limits, now).sort()).toEqual(["a", "x", "y", "z"])
    expect(expiredHistory(ahead, limits, now)).toEqual([])
  })

  test("takes clocks that differ a little as they are", () => {
    const copies = ["a", "b", "c", "d"].map((id, index) => copy(id, now + index * 1_000))
    expect(expiredHistory(copies, limits, now)).toEqual(["a"])
  })
})

describe("keep and maxAge", () => {
  test.each([
    [{ keep: 0 }, "keep.versions"],
    [{ keep: -1 }, "keep.versions"],
    [{ keep: 1.5 }, "keep.versions"],
    [{ keep: { backups: Number.NaN } }, "keep.backups"],
    [{ keep: { backup: 3 } }, "backup"],
    [{ keep: "3" }, 'keep is "3"; allowed: a number, or { versions, backups }'],
    [{ keep: null }, "keep"],
    [{ maxAge: -1 }, "maxAge"],
    [{ maxAge: "7 days" }, "maxAge"],
  ])("%j is refused", (options, named) => {
    const open = () => new MemoryStorage(options as StorageOptions)
    expect(open).toThrow(named)
    expect(open).toThrow(PersistError)
  })

  test("a number keeps as many of both", async () => {
    const storage = new MemoryStorage({ keep: 2 })
    for (let value = 0; value < 5; value++) {
      await storage.save("key", value, { version: true, backup: true })
    }
    expect(await storage.versions("key")).toHaveLength(2)
    expect(await storage.backups("key")).toHaveLength(2)
  })
})
