import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { collect, failsWith } from "../expectations.ts"

const needs = { needs: ["ttl"] } as const

/** `ttl`: values that are gone after their time. */
export function expiryChecks(checks: Checks): void {
  const { check } = checks
  checks.group("expiry", () => {
    check("keeps a value until its time, then has none", needs, async ({ storage, clock }) => {
      const saved = await storage.save("key", "value", { ttl: "2s" })
      assert.ok(saved.expiresAt instanceof Date)
      assert.equal((await storage.stat("key"))?.expiresAt?.getTime(), saved.expiresAt.getTime())
      await clock.advance(500)
      assert.equal(await storage.load("key"), "value")
      await clock.advance(2_000)
      assert.equal(await storage.load("key", { default: "gone" }), "gone")
      assert.equal(await storage.exists("key"), false)
      assert.equal(await storage.stat("key"), undefined)
      assert.deepEqual(await storage.list(), [])
      assert.deepEqual(await collect(storage.entries()), [])
      assert.equal(await storage.delete("key"), false)
    })

    check("ends to the millisecond where it goes by the clock", needs, async (context) => {
      const { storage, clock, target } = context
      if (target.clock !== undefined) return
      // Neither a whole second nor ten milliseconds, which a store may round to.
      await storage.save("key", 1, { ttl: 1_234 })
      await clock.advance(1_233)
      assert.equal(await storage.load("key"), 1, "gone a millisecond before its time")
      await clock.advance(1)
      assert.equal(await storage.load("key"), undefined, "still there at its time")
    })

    check(
      "counts an expired value as missing for ifRevision and update",
      needs,
      async ({ storage, clock }) => {
        const { revision } = await storage.save("key", 1, { ttl: 1_000 })
        await clock.advance(1_500)
        const stale = () => storage.save("key", 2, { ifRevision: revision })
        await failsWith("ERR_PERSIST_CONFLICT", stale)
        assert.equal(await storage.update("key", (current) => current + 1, { default: 5 }), 6)
        assert.equal((await storage.stat("key"))?.expiresAt, undefined)
        await storage.save("other", 1, { ttl: 1_000 })
        await clock.advance(1_500)
        await storage.save("other", 2, { ifRevision: null })
        assert.equal(await storage.load("other"), 2)
      },
    )

    check(
      "is lifted by a save without it, and kept by an update",
      needs,
      async ({ storage, clock }) => {
        await storage.save("lifted", 2, { ttl: 1_000 })
        await storage.save("lifted", 2)
        await storage.save("kept", 1, { ttl: 1_000 })
        await storage.update<number>("kept", (current) => current! + 1)
        assert.equal(await storage.load("kept"), 2)
        await clock.advance(1_500)
        assert.equal(await storage.load("lifted"), 2)
        assert.equal(await storage.load("kept"), undefined)
      },
    )

    check("is not moved by an update, but by its ttl", needs, async ({ storage, clock }) => {
      await storage.save("key", 1, { ttl: "1h" })
      const before = (await storage.stat("key"))?.expiresAt
      await clock.advance(100)
      for (let round = 0; round < 3; round++) await storage.update("key", () => round)
      assert.deepEqual((await storage.stat("key"))?.expiresAt, before)
      await storage.update("key", () => 9, { ttl: "2h" })
      assert.ok(Number((await storage.stat("key"))?.expiresAt) > Number(before) + 1_800_000)
      await storage.update("key", () => 10, { ttl: "10m" })
      assert.ok(Number((await storage.stat("key"))?.expiresAt) < Number(before))
    })

    check("is told by every entry", needs, async ({ storage, clock }) => {
      const { expiresAt } = await storage.save("key", 1, { ttl: "1h" })
      const [listed] = await collect(storage.entries())
      const entries = [await storage.stat("key"), (await storage.loadEntry("key"))?.entry, listed]
      for (const entry of entries) assert.deepEqual(entry?.expiresAt, expiresAt)
      assert.ok(Math.abs(Number(expiresAt) - clock.now() - 3_600_000) < 60_000)
    })

    check("may be far away", needs, async ({ storage, clock }) => {
      const day = 86_400_000
      for (const ttl of ["30d", "60d", "100000d"] as const) {
        const { expiresAt } = await storage.save(ttl, ttl, { ttl })
        const days = (Number(expiresAt) - clock.now()) / day
        assert.equal(`${Math.round(days)}d`, ttl, "it expires at another time than was asked for")
      }
      await clock.advance(100)
      assert.deepEqual(await storage.list(), ["100000d", "30d", "60d"])
      for (const key of await storage.list()) assert.equal(await storage.load(key), key)
    })

    check("holds for the synchronous twins", { needs: ["ttl", "sync"] }, async (context) => {
      const { storage, clock } = context
      const { expiresAt } = storage.saveSync("key", 1, { ttl: 1_000 })
      assert.ok(expiresAt instanceof Date)
      assert.equal(storage.loadSync("key"), 1)
      await clock.advance(1_500)
      assert.equal(storage.loadSync("key", { default: "gone" }), "gone")
      assert.equal(await storage.load("key"), undefined)
      storage.saveSync("key", 2, { ifRevision: null })
      assert.equal((await storage.stat("key"))?.expiresAt, undefined)
    })

    const both = { needs: ["ttl", "history"] } as const
    check("leaves the history of a value, and makes none", both, async ({ storage, clock }) => {
      const { version } = await storage.save("key", 1, { ttl: 1_000, version: true })
      await clock.advance(1_500)
      assert.deepEqual(
        (await storage.versions("key")).map(({ id }) => id),
        [version],
      )
      assert.equal(await storage.load("key", { version: version! }), 1)
      // What has expired is not there to be replaced.
      assert.equal(await storage.delete("key", { backup: true }), false)
      assert.equal((await storage.save("key", 2, { backup: true })).backup, undefined)
      assert.deepEqual(await storage.backups("key"), [])
      await storage.save("key", 3, { ttl: "1h" })
      await storage.restore("key", version!)
      assert.equal((await storage.stat("key"))?.expiresAt, undefined)
    })

    check("refuses a time that is none", needs, async ({ storage }) => {
      for (const ttl of [0, -1, Number.NaN, "soon", "1x", null] as unknown as number[]) {
        await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.save("key", 1, { ttl }))
      }
      assert.deepEqual(await storage.list(), [])
    })
  })
}
