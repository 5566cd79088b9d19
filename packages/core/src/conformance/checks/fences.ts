import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { failsWith, outcomes } from "../expectations.ts"
import { Random } from "../random.ts"

const needs = { needs: ["fence"] } as const
const { MAX_SAFE_INTEGER } = Number

/** `fence`: who lost a lease cannot write over its next holder. */
export function fenceChecks(checks: Checks): void {
  const { check, target } = checks
  checks.group("fences", () => {
    check("let the same and higher tokens through, and no lower", needs, async ({ storage }) => {
      for (const fence of [0, 0, 3, 3, 7]) {
        assert.equal((await storage.save("key", fence, { fence })).fence, fence)
      }
      assert.equal(await storage.update<number>("key", (value) => value! + 1, { fence: 8 }), 8)
      const calls = [
        () => storage.save("key", "late", { fence: 7 }),
        () => storage.update<unknown>("key", () => "late", { fence: 0 }),
        () => storage.delete("key", { fence: 7 }),
      ]
      const { revision } = (await storage.stat("key"))!
      for (const call of calls) {
        const error = await failsWith("ERR_PERSIST_FENCED", call)
        assert.equal(error.key, "key")
        assert.equal(error.details?.stored, 8)
        assert.ok(error.details.fence === 7 || error.details.fence === 0)
      }
      assert.equal(await storage.load("key"), 8)
      assert.equal((await storage.stat("key"))?.revision, revision)
      assert.equal(await storage.delete("key", { fence: 8 }), true)
    })

    check("are said by the entry", needs, async ({ storage }) => {
      assert.equal((await storage.save("key", 1)).fence, undefined)
      assert.equal((await storage.stat("key"))?.fence, undefined)
      await storage.save("key", 2, { fence: 0 })
      assert.equal((await storage.stat("key"))?.fence, 0)
      await storage.save("key", 3, { fence: 4, subfolder: "folder" })
      await storage.save("key", 4, { subfolder: "folder" })
      assert.equal((await storage.stat("folder/key"))?.fence, 4)
      assert.equal((await storage.stat("key"))?.fence, 0)
    })

    check("outlive unfenced writes, which pass, and deletes", needs, async ({ storage }) => {
      const late = () => storage.save("key", "late", { fence: 4 })
      await storage.save("key", 1, { fence: 5 })
      await storage.save("key", 2)
      await failsWith("ERR_PERSIST_FENCED", late)
      await storage.update("key", () => 3)
      await failsWith("ERR_PERSIST_FENCED", late)
      assert.equal(await storage.delete("key"), true)
      await failsWith("ERR_PERSIST_FENCED", late)
      assert.equal(await storage.exists("key"), false)
      await storage.save("key", 4)
      await failsWith("ERR_PERSIST_FENCED", late)
      assert.equal(await storage.load("key"), 4)
      assert.equal((await storage.stat("key"))?.fence, 5, "what a copy of it would need")
      await storage.delete("key")
      if (storage.supports.history) await storage.save("key", 4, { version: true })
      else await storage.save("key", 4)
      assert.equal((await storage.stat("key"))?.fence, 5)
      if (storage.supports.history) await storage.delete("key", { history: true })
      await failsWith("ERR_PERSIST_FENCED", late)
      await storage.save("key", 5, { fence: 5 })
    })

    check("are raised by a delete, also of what is not there", needs, async ({ storage }) => {
      await storage.save("key", 1, { fence: 1 })
      assert.equal(await storage.delete("key", { fence: 2 }), true)
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 2, { fence: 1 }))
      assert.equal(await storage.delete("never", { fence: 6 }), false)
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("never", 1, { fence: 5 }))
      await failsWith("ERR_PERSIST_FENCED", () => storage.delete("never", { fence: 5 }))
      await storage.save("never", 2, { fence: 6 })
    })

    check("are not raised by a write that fails", needs, async ({ storage }) => {
      await storage.save("key", 1, { fence: 1 })
      const changed = new Error("no")
      const wrong = { fence: 9, ifRevision: "made up" }
      await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 2, wrong))
      await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", wrong))
      await failsWith("ERR_PERSIST_ENCODE", () => storage.save("key", 1n, { fence: 9 }))
      const throwing = () => Promise.reject(changed)
      const isChanged = (error: unknown) => error === changed
      await assert.rejects(storage.update("key", throwing, { fence: 9 }), isChanged)
      await storage.save("key", 2, { fence: 2 })
      assert.equal((await storage.stat("key"))?.fence, 2)
    })

    check("go before revisions", needs, async ({ storage }) => {
      const { revision } = await storage.save("key", 1, { fence: 5 })
      const stale = { fence: 4, ifRevision: "made up" }
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 2, stale))
      await failsWith("ERR_PERSIST_FENCED", () => storage.delete("key", stale))
      await failsWith("ERR_PERSIST_FENCED", () =>
        storage.save("key", 2, { fence: 4, ifRevision: null }),
      )
      await storage.save("key", 2, { fence: 5, ifRevision: revision })
      await failsWith("ERR_PERSIST_CONFLICT", () =>
        storage.save("key", 3, { fence: 6, ifRevision: revision }),
      )
    })

    check("are compared as the numbers they are", needs, async ({ storage }) => {
      await storage.save("tens", 1, { fence: 9 })
      await storage.save("tens", 2, { fence: 10 })
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("tens", 3, { fence: 9 }))
      await storage.save("long", 1, { fence: 2 ** 32 + 5 })
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("long", 2, { fence: 2 ** 31 + 9 }))
      await storage.save("large", 1, { fence: MAX_SAFE_INTEGER - 1 })
      await storage.save("large", 2, { fence: MAX_SAFE_INTEGER })
      assert.equal((await storage.stat("large"))?.fence, MAX_SAFE_INTEGER)
      const lower = { fence: MAX_SAFE_INTEGER - 1 }
      const error = await failsWith("ERR_PERSIST_FENCED", () => storage.save("large", 3, lower))
      assert.deepEqual(error.details, { fence: MAX_SAFE_INTEGER - 1, stored: MAX_SAFE_INTEGER })
      const wrong = [-1, 1.5, Number.NaN, MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY, "1", null]
      for (const fence of wrong as number[]) {
        await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.save("large", 1, { fence }))
      }
    })

    check("are each key's own", needs, async ({ storage }) => {
      const keys = ["a", "A", "a/b", "a.json", "\u00e9", "e\u0301", "x".repeat(2_000)]
      for (const [index, key] of keys.entries()) await storage.save(key, key, { fence: index + 1 })
      for (const [index, key] of keys.entries()) {
        await failsWith("ERR_PERSIST_FENCED", () => storage.save(key, "late", { fence: index }))
        assert.equal(await storage.load(key), key)
      }
      assert.deepEqual(await storage.list(), keys.toSorted())
    })

    const both = { needs: ["fence", "history"] } as const
    check("make no history of what they refuse", both, async ({ storage }) => {
      const { version } = await storage.save("key", 1, { fence: 5, version: true })
      const late = { fence: 4, version: true, backup: true }
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 2, late))
      await failsWith("ERR_PERSIST_FENCED", () =>
        storage.delete("key", { fence: 4, history: true }),
      )
      await failsWith("ERR_PERSIST_FENCED", () => storage.restore("key", version!, { fence: 4 }))
      assert.equal((await storage.versions("key")).length, 1)
      assert.deepEqual(await storage.backups("key"), [])
      await storage.restore("key", version!, { fence: 6 })
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 2, { fence: 5 }))
    })

    check("hold for the synchronous twin", { needs: ["fence", "sync"] }, async ({ storage }) => {
      await storage.save("key", 1, { fence: 5 })
      await failsWith("ERR_PERSIST_FENCED", () => storage.saveSync("key", 2, { fence: 4 }))
      assert.equal(storage.saveSync("key", 3, { fence: 6 }).fence, 6)
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 4, { fence: 5 }))
      assert.equal(storage.loadSync("key"), 3)
    })

    check("outlive an expired value", { needs: ["fence", "ttl"] }, async ({ storage, clock }) => {
      await storage.save("key", 1, { fence: 5, ttl: 1_000 })
      await clock.advance(1_500)
      assert.equal(await storage.exists("key"), false)
      assert.deepEqual(await storage.list(), [])
      await storage.delete("other")
      await failsWith("ERR_PERSIST_FENCED", () => storage.save("key", 2, { fence: 4 }))
      await storage.save("key", 3, { fence: 5, ifRevision: null })
    })

    check(
      "leave a value alone whose time has not come",
      { needs: ["fence", "ttl"] },
      async (one) => {
        const { storage } = one
        const { persistent, multiProcess } = storage.supports
        await storage.save("key", "whole", { fence: 5, ttl: "1h" })
        // What sweeps away the values that have expired may come with any write, of another handle too.
        const handles = persistent || multiProcess ? [storage, await one.reopen()] : [storage]
        for (const handle of handles) {
          await handle.save("other", 1, { ttl: "1h" })
          await handle.delete("other")
          assert.equal(await handle.load("key"), "whole")
        }
      },
    )

    check("let the highest of many at once have the last word", needs, async (context) => {
      const { storage } = context
      const handles = storage.supports.multiProcess ? [storage, await context.reopen()] : [storage]
      const random = new Random(target.seed ?? 1)
      for (let round = 0; round < 3; round++) {
        const tokens = Array.from({ length: 12 }, (_, index) => round * 100 + index)
        const shuffled = tokens
          .map((token) => ({ token, order: random.below(1_000) }))
          .sort((a, b) => a.order - b.order)
        const writes = shuffled.map(({ token: fence }, index) =>
          index % 3 === 0
            ? random.pick(handles).update("key", () => fence, { fence })
            : random.pick(handles).save("key", fence, { fence }),
        )
        const { succeeded, codes } = await outcomes(writes)
        assert.ok(succeeded >= 1)
        for (const code of codes) assert.equal(code, "ERR_PERSIST_FENCED")
        assert.equal(await storage.load("key"), tokens.at(-1))
        assert.equal((await storage.stat("key"))?.fence, tokens.at(-1))
      }
    })

    check("hold for the next handle", needs, async ({ storage, reopen }) => {
      const { persistent, multiProcess } = storage.supports
      if (!persistent && !multiProcess) return
      await storage.save("key", 1, { fence: 5 })
      await storage.save("gone", 1, { fence: 5 })
      await storage.delete("gone")
      if (persistent) await storage.close()
      const again = await reopen()
      await failsWith("ERR_PERSIST_FENCED", () => again.save("key", 2, { fence: 4 }))
      await failsWith("ERR_PERSIST_FENCED", () => again.save("gone", 2, { fence: 4 }))
      assert.equal((await again.stat("key"))?.fence, 5)
      await again.save("key", 3, { fence: 6 })
    })
  })
}
