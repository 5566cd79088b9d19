import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { failsWith, shown } from "../expectations.ts"
import { hostileKeys } from "../hostile-keys.ts"
import { TextSerializer } from "../text-serializer.ts"

const needs = { needs: ["sync"] } as const

/** `saveSync` and `loadSync`: the same contract for programs that cannot wait. */
export function syncChecks(checks: Checks): void {
  const { check } = checks
  checks.group("sync", () => {
    check("saves and loads at once, for the others too", needs, async ({ storage }) => {
      const saved = storage.saveSync("key", { a: 1 }, { subfolder: "folder" })
      assert.equal(saved.key, "key")
      assert.deepEqual(storage.loadSync("folder/key"), { a: 1 })
      assert.deepEqual(await storage.load("folder/key"), { a: 1 })
      await storage.save("folder/key", 2)
      assert.equal(storage.loadSync("key", { subfolder: "folder" }), 2)
      assert.equal(storage.loadSync("missing"), undefined)
      assert.equal(storage.loadSync("missing", { default: 3 }), 3)
    })

    check("holds ifRevision", needs, async ({ storage }) => {
      const first = storage.saveSync("key", 1, { ifRevision: null })
      await failsWith("ERR_PERSIST_CONFLICT", () =>
        storage.saveSync("key", 2, { ifRevision: null }),
      )
      storage.saveSync("key", 2, { ifRevision: first.revision })
      await failsWith("ERR_PERSIST_CONFLICT", () =>
        storage.saveSync("key", 3, { ifRevision: first.revision }),
      )
      assert.equal(storage.loadSync("key"), 2)
    })

    check("names places as the others do", needs, async ({ storage }) => {
      for (const [index, key] of hostileKeys.entries()) storage.saveSync(key, index)
      for (const [index, key] of hostileKeys.entries()) {
        assert.equal(storage.loadSync(key), index, `of ${shown(key)}`)
        assert.equal(await storage.load(key), index, `of ${shown(key)}`)
      }
      assert.deepEqual(await storage.list(), hostileKeys.toSorted())
    })

    check("comes between the others' saves without tearing a value", needs, async ({ storage }) => {
      const value = (index: number) => Array.from({ length: 500 }, () => index)
      for (let round = 0; round < 5; round++) {
        const saves = [1, 2, 3].map((index) => storage.save("key", value(index)))
        await new Promise((resolve) => setImmediate(resolve))
        storage.saveSync("key", value(4))
        assert.deepEqual(storage.loadSync("key"), value(4))
        await Promise.all(saves)
        const last = await storage.load<number[]>("key")
        assert.deepEqual(last, value(last![0]!))
      }
    })

    check("keeps to the format that is named", needs, async ({ storage }) => {
      const serializer = new TextSerializer()
      assert.equal(storage.saveSync("key", "a", { serializer }).format, ".text")
      assert.equal(storage.loadSync("key"), "a")
      assert.equal((await storage.stat("key"))?.format, ".text")
      storage.saveSync("key", { as: "json" })
      assert.deepEqual(await storage.load("key"), { as: "json" })
      assert.deepEqual(await storage.list(), ["key"])
    })

    const kept = { needs: ["sync", "history"], storage: { keep: { backups: 1 } } } as const
    check("makes history", kept, async ({ storage }) => {
      const saved = storage.saveSync("key", 1, { version: true })
      storage.saveSync("key", 2, { backup: true })
      assert.equal(storage.loadSync("key", { version: saved.version! }), 1)
      assert.equal((await storage.backups("key")).length, 1)
      const { backup } = storage.saveSync("key", 3, { backup: true })
      const ids = (await storage.backups("key")).map(({ id }) => id)
      assert.deepEqual(ids, [backup], "it keeps more backups than told")
      await failsWith("ERR_PERSIST_NOT_FOUND", () => storage.loadSync("key", { version: "none" }))
    })

    check("refuses wrong keys, values and signals", needs, async ({ storage }) => {
      await failsWith("ERR_PERSIST_INVALID_KEY", () => storage.saveSync("../a", 1))
      await failsWith("ERR_PERSIST_INVALID_KEY", () => storage.loadSync(""))
      await failsWith("ERR_PERSIST_ENCODE", () => storage.saveSync("key", 1n))
      const signal = AbortSignal.abort()
      await failsWith("ERR_PERSIST_ABORTED", () => storage.saveSync("key", 1, { signal }))
      assert.deepEqual(await storage.list(), [])
    })
  })
}
