import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { failsWith, oneWins } from "../expectations.ts"

/** What a header, or text made of nothing, takes for more than itself. */
const wildcards = ["*", "null", "undefined"]

/** `ifRevision`: nobody overwrites what they have not seen. */
export function revisionChecks(checks: Checks): void {
  const { check } = checks
  checks.group("revisions", () => {
    check("change with every write, also of the same value", async ({ storage }) => {
      const seen = new Set<string>()
      for (let round = 0; round < 10; round++) {
        const saved = await storage.save("key", "same")
        assert.equal((await storage.stat("key"))?.revision, saved.revision)
        seen.add(saved.revision)
      }
      await storage.delete("key")
      seen.add((await storage.save("key", "same")).revision)
      assert.equal(seen.size, 11, `11 writes gave ${seen.size} revisions: each must give a new one`)
    })

    check("stay while nobody writes", async ({ storage, clock }) => {
      const { revision } = await storage.save("key", 1)
      await storage.load("key")
      await storage.save("key/below", 2)
      await storage.save("other", 2)
      await storage.delete("other")
      await clock.advance(1_000)
      if (storage.supports.history) await storage.versions("key")
      assert.equal((await storage.stat("key"))?.revision, revision)
      assert.equal((await storage.loadEntry("key"))?.entry.revision, revision)
      await storage.save("key", 3, { ifRevision: revision })
    })

    check("are taken as they are by every operation that gives them", async ({ storage }) => {
      const listed = async () => {
        for await (const entry of storage.entries()) return entry.revision
        return assert.fail("nothing is listed")
      }
      await storage.save("key", 0)
      const sources = [
        async () => (await storage.save("key", 1)).revision,
        async () => (await storage.stat("key"))!.revision,
        async () => (await storage.loadEntry("key"))!.entry.revision,
        listed,
      ]
      for (const source of sources) {
        await storage.save("key", "again", { ifRevision: await source() })
      }
      assert.equal(await storage.delete("key", { ifRevision: await listed() }), true)
    })

    check("let a save through that names the current one, else refuse it", async ({ storage }) => {
      const first = await storage.save("key", 1)
      const second = await storage.save("key", 2, { ifRevision: first.revision })
      const stale = () => storage.save("key", 3, { ifRevision: first.revision })
      const error = await failsWith("ERR_PERSIST_CONFLICT", stale)
      assert.equal(error.key, "key")
      assert.equal(await storage.load("key"), 2)
      assert.equal((await storage.stat("key"))?.revision, second.revision)
    })

    check("null means: only when there is no value", async ({ storage }) => {
      const first = await storage.save("key", 1, { ifRevision: null })
      await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 2, { ifRevision: null }))
      assert.equal(await storage.load("key"), 1)
      await storage.delete("key")
      const again = await storage.save("key", 3, { ifRevision: null })
      assert.notEqual(again.revision, first.revision, "a revision came again after a delete")
    })

    check("of a deleted value, of another key, or made up are refused", async ({ storage }) => {
      const { revision } = await storage.save("key", 1)
      const other = await storage.save("other", 1)
      await storage.delete("key")
      const madeUp = ["made up", "", ...wildcards]
      for (const ifRevision of [revision, other.revision, ...madeUp]) {
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 2, { ifRevision }))
      }
      assert.equal(await storage.exists("key"), false)
      await storage.save("key", 3)
      for (const ifRevision of [revision, ...wildcards]) {
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 4, { ifRevision }))
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", { ifRevision }))
      }
      assert.equal(await storage.load("key"), 3)
    })

    check("that only resemble the current one are refused", async ({ storage }) => {
      const { revision } = await storage.save("key", 1)
      const letters = [revision.toUpperCase(), revision.toLowerCase()]
      const alike = [`${revision} `, ` ${revision}`, `${revision}0`, revision.slice(0, -1)]
      for (const ifRevision of [...alike, ...letters].filter((other) => other !== revision)) {
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", 2, { ifRevision }))
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", { ifRevision }))
      }
      assert.equal((await storage.stat("key"))?.revision, revision)
    })

    check("guard a delete", async ({ storage }) => {
      const first = await storage.save("key", 1)
      const second = await storage.save("key", 2)
      const stale = { ifRevision: first.revision }
      for (const ifRevision of [first.revision, "made up", ""])
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", { ifRevision }))
      assert.equal(await storage.load("key"), 2)
      assert.equal(await storage.delete("key", { ifRevision: second.revision }), true)
      await failsWith("ERR_PERSIST_CONFLICT", () => storage.delete("key", stale))
    })

    check("let exactly one of many contenders win", async ({ storage }) => {
      const { revision } = await storage.save("key", "start")
      for (const ifRevision of [revision, null]) {
        if (ifRevision === null) await storage.delete("key")
        const contenders = Array.from({ length: 12 }, (_, index) =>
          storage.save("key", index, { ifRevision }),
        )
        await oneWins(contenders)
        const winner = (await Promise.allSettled(contenders)).findIndex(
          ({ status }) => status === "fulfilled",
        )
        assert.equal(await storage.load("key"), winner)
      }
    })

    check("let one of a save and a delete win that name the same one", async ({ storage }) => {
      for (let round = 0; round < 8; round++) {
        const { revision: ifRevision } = await storage.save("key", "start")
        const calls = [
          () => storage.save("key", "saved", { ifRevision }),
          () => storage.delete("key", { ifRevision }),
        ]
        const began = (round % 2 ? calls : calls.toReversed()).map((call) => call())
        await oneWins(began)
        const hasSaved = (await Promise.allSettled(began)).at(round % 2 ? 0 : 1)
        const expected = hasSaved?.status === "fulfilled" ? "saved" : undefined
        assert.equal(await storage.load("key"), expected)
      }
    })

    check("tell the saves of handles on the same data apart", async ({ storage, reopen }) => {
      if (!storage.supports.multiProcess) return
      const handles = [storage, await reopen()]
      const revisions: string[] = []
      for (let round = 0; round < 8; round++) {
        const handle = handles[round % 4 < 2 ? 0 : 1]!
        revisions.push((await handle.save("key", round)).revision)
      }
      assert.equal(new Set(revisions).size, revisions.length, "a revision came twice")
      for (const ifRevision of revisions.slice(0, -1)) {
        await failsWith("ERR_PERSIST_CONFLICT", () => storage.save("key", "late", { ifRevision }))
      }
    })

    check("hold between handles on the same data", async ({ storage, reopen }) => {
      if (!storage.supports.multiProcess) return
      const other = await reopen()
      const { revision } = await storage.save("key", "start")
      const contenders = Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? storage : other).save("key", index, { ifRevision: revision }),
      )
      await oneWins(contenders)
      assert.equal(await storage.load("key"), await other.load("key"))
    })
  })
}
