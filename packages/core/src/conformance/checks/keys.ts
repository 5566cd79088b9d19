import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { failsWith, shown } from "../expectations.ts"
import { hostileKeys, invalidKeys } from "../hostile-keys.ts"

/** Which strings are keys, and that each names a place of its own. */
export function keyChecks(checks: Checks): void {
  const { check } = checks
  checks.group("keys", () => {
    check("gives every allowed string its own place", async ({ storage }) => {
      await Promise.all(hostileKeys.map((key, index) => storage.save(key, index)))
      for (const [index, key] of hostileKeys.entries()) {
        assert.equal(await storage.load(key), index, `of ${shown(key)}`)
        assert.equal((await storage.stat(key))?.key, key)
      }
      assert.deepEqual(await storage.list(), hostileKeys.toSorted())
    })

    check("deletes one of many similar keys", async ({ storage }) => {
      await Promise.all(hostileKeys.map((key, index) => storage.save(key, index)))
      const gone = new Set(hostileKeys.filter((_, index) => index % 3 === 0))
      for (const key of gone) assert.equal(await storage.delete(key), true, shown(key))
      for (const [index, key] of hostileKeys.entries()) {
        const expected = gone.has(key) ? undefined : index
        assert.equal(await storage.load(key), expected, `of ${shown(key)}`)
      }
      const left = hostileKeys.filter((key) => !gone.has(key))
      assert.deepEqual(await storage.list(), left.toSorted())
    })

    check(
      "keeps the history of similar keys apart",
      { needs: ["history"] },
      async ({ storage }) => {
        const versioned = hostileKeys.filter((key, index) => index % 4 === 0 || /^a.b$/.test(key))
        const cleared = versioned.filter((key) => /[_%]/.test(key))
        for (const [index, key] of hostileKeys.entries()) {
          await storage.save(key, index, { version: versioned.includes(key) })
        }
        for (const key of versioned) await storage.save(key, "next", { backup: true })
        for (const key of cleared) await storage.delete(key, { history: true })
        for (const [index, key] of hostileKeys.entries()) {
          const [versions, backups] = [await storage.versions(key), await storage.backups(key)]
          const expected = versioned.includes(key) && !cleared.includes(key) ? 1 : 0
          assert.equal(versions.length, expected, `of ${shown(key)}`)
          assert.equal(backups.length, expected, `of ${shown(key)}`)
          for (const { id } of [...versions, ...backups]) {
            assert.equal(await storage.load(key, { version: id }), index)
          }
        }
      },
    )

    check("lets a key stand beside keys below it", async ({ storage }) => {
      await storage.save("a/b", 2)
      await storage.save("a", 1)
      await storage.save("a/b/c", 3)
      assert.deepEqual(await storage.list(), ["a", "a/b", "a/b/c"])
      assert.equal(await storage.delete("a"), true)
      assert.deepEqual([await storage.load("a/b"), await storage.load("a/b/c")], [2, 3])
      assert.equal(await storage.exists("a"), false)
    })

    check("takes no folder for a value", async ({ storage }) => {
      await storage.save("folder/below/key", 1)
      for (const folder of ["folder", "folder/below"]) {
        assert.equal(await storage.exists(folder), false)
        assert.equal(await storage.stat(folder), undefined)
        assert.equal(await storage.load(folder, { default: "none" }), "none")
        assert.equal(await storage.delete(folder), false)
      }
      assert.equal(await storage.delete("folder/below/key/deeper"), false)
      assert.equal(await storage.load("folder/below/key"), 1)
      assert.deepEqual(await storage.list(), ["folder/below/key"])
    })

    check("refuses what is no key, in every operation, and writes nothing", async ({ storage }) => {
      for (const invalid of invalidKeys) {
        const key = invalid as string
        const calls = [
          () => storage.save(key, 1),
          () => storage.load(key, { default: 1 }),
          () => storage.loadEntry(key),
          () => storage.update(key, () => 1),
          () => storage.delete(key),
          () => storage.exists(key),
          () => storage.stat(key),
        ]
        for (const call of calls) await failsWith("ERR_PERSIST_INVALID_KEY", call)
      }
      assert.deepEqual(await storage.list(), [])
    })

    check("refuses what is no subfolder", async ({ storage }) => {
      for (const invalid of invalidKeys) {
        if (invalid === undefined || invalid === "") continue
        const subfolder = invalid as string
        await failsWith("ERR_PERSIST_INVALID_KEY", () => storage.save("a", 1, { subfolder }))
        await failsWith("ERR_PERSIST_INVALID_KEY", () => storage.load("a", { subfolder }))
        await failsWith("ERR_PERSIST_INVALID_KEY", () => storage.list({ subfolder }))
      }
      assert.deepEqual(await storage.list(), [])
    })

    check("takes a subfolder and a key as the key joined by a slash", async ({ storage }) => {
      await storage.save("c", 1, { subfolder: "a/b" })
      assert.equal(await storage.load("a/b/c"), 1)
      assert.equal(await storage.load("b/c", { subfolder: "a" }), 1)
      assert.equal(await storage.load("c"), undefined)
      assert.equal(await storage.load("a/b/c", { subfolder: "" }), 1)
      assert.equal(await storage.delete("b/c", { subfolder: "a" }), true)
      assert.deepEqual(await storage.list(), [])
    })
  })
}
