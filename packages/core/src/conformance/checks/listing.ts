import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { collect, failsWith } from "../expectations.ts"
import { hostileKeys } from "../hostile-keys.ts"

const tree = ["a", "ab", "b", "b/a", "b/ab", "b/c/a", "b/c/d/e", "bc/a", "c.d", "z/*"] as const

/** `list` and `entries`: subfolders, patterns, order. */
export function listingChecks(checks: Checks): void {
  const { check } = checks
  checks.group("listing", () => {
    check("is empty at first", async ({ storage }) => {
      assert.deepEqual(await storage.list(), [])
      assert.deepEqual(await collect(storage.entries()), [])
      for (const subfolder of ["none", "\u65e5\u672c", "None/\u65e5\u672c"]) {
        assert.deepEqual(await storage.list({ subfolder, pattern: "**" }), [])
      }
    })

    check("names every key, sorted by code units", async ({ storage }) => {
      const keys = ["b", "a/b", "a", "\u00e9", "Z", "a-b", "10", "9", "\u{1f600}", "\uff5e", "a/a"]
      for (const key of keys) await storage.save(key, key)
      assert.deepEqual(await storage.list(), keys.toSorted())
    })

    check("keeps to the subfolder, and names keys relative to it", async ({ storage }) => {
      for (const key of tree) await storage.save(key, key)
      const expected = ["a", "ab", "c/a", "c/d/e"]
      assert.deepEqual(await storage.list({ subfolder: "b" }), expected)
      assert.deepEqual(await storage.list({ subfolder: "b/c" }), ["a", "d/e"])
      const entries = await collect(storage.entries({ subfolder: "b" }))
      assert.deepEqual(entries.map((entry) => entry.key).toSorted(), expected)
      assert.deepEqual(await storage.list({ subfolder: "B" }), [])
    })

    check("matches patterns against the relative key", async ({ storage }) => {
      for (const key of tree) await storage.save(key, key)
      const cases: readonly [pattern: string, subfolder: string | undefined, expected: string[]][] =
        [
          ["*", undefined, ["a", "ab", "b", "c.d"]],
          ["**", undefined, [...tree].toSorted()],
          ["a*", undefined, ["a", "ab"]],
          ["?", undefined, ["a", "b"]],
          ["b/*", undefined, ["b/a", "b/ab"]],
          ["**/a", undefined, ["a", "b/a", "b/c/a", "bc/a"]],
          ["{a,c.d}", undefined, ["a", "c.d"]],
          ["[!b]*", undefined, ["a", "ab", "c.d"]],
          ["z/\\*", undefined, ["z/*"]],
          ["a*", "b", ["a", "ab"]],
          ["*/a", "b", ["c/a"]],
          ["b/*", "b", []],
          ["b/c/*", undefined, ["b/c/a"]],
          ["b/c/**", undefined, ["b/c/a", "b/c/d/e"]],
          ["b/c/a", undefined, ["b/c/a"]],
          ["{b/a,b/c/a,bc/a}", undefined, ["b/a", "b/c/a", "bc/a"]],
          ["../*", "b", []],
          ["/b/*", undefined, []],
        ]
      for (const [pattern, subfolder, expected] of cases) {
        const options = { pattern, ...(subfolder && { subfolder }) }
        assert.deepEqual(await storage.list(options), expected, pattern)
        const entries = await collect(storage.entries(options))
        assert.deepEqual(entries.map((entry) => entry.key).toSorted(), expected, pattern)
      }
    })

    check("tells folders with similar names apart", async ({ storage }) => {
      const folders = hostileKeys.filter((key) => key.length < 100)
      await Promise.all(folders.map((subfolder) => storage.save("value", subfolder, { subfolder })))
      for (const subfolder of folders) {
        const expected = folders
          .filter((other) => other === subfolder || other.startsWith(`${subfolder}/`))
          .map((other) => `${other}/value`.slice(subfolder.length + 1))
        assert.deepEqual(await storage.list({ subfolder }), expected.toSorted(), subfolder)
      }
    })

    check("ends with the caller's signal", async ({ storage }) => {
      for (const key of tree) await storage.save(key, key)
      const controller = new AbortController()
      const entries = storage.entries({ signal: controller.signal })
      assert.equal((await entries.next()).done, false)
      controller.abort(new Error("enough"))
      const error = await failsWith("ERR_PERSIST_ABORTED", () => entries.next())
      assert.equal(error.cause, controller.signal.reason)
      assert.equal((await storage.list()).length, tree.length)
    })

    check("yields the same entries as stat", async ({ storage }) => {
      for (const key of tree) await storage.save(key, { key })
      const entries = await collect(storage.entries())
      assert.equal(entries.length, tree.length)
      for (const entry of entries) {
        const stat = await storage.stat(entry.key)
        assert.equal(entry.revision, stat?.revision)
        assert.equal(entry.size, stat?.size)
        assert.equal(entry.savedAt.getTime(), stat?.savedAt.getTime())
        assert.equal(entry.format, stat?.format)
      }
    })

    check("lists many keys, each once", async ({ storage }) => {
      // More than the page of a server or a file system holds.
      const keys = Array.from({ length: 1_100 }, (_, index) => `folder-${index % 7}/key-${index}`)
      await Promise.all(keys.map((key) => storage.save(key, 0)))
      assert.deepEqual(await storage.list(), keys.toSorted())
      const entries = await collect(storage.entries())
      assert.deepEqual(entries.map((entry) => entry.key).toSorted(), keys.toSorted())
      assert.equal((await storage.list({ subfolder: "folder-3" })).length, 157)
      // What is written and removed on the way moves no other key out of sight, or into it again.
      const seen: string[] = []
      for await (const { key } of storage.entries()) {
        seen.push(key)
        if (seen.length > 60) continue
        if (seen.length % 2) await storage.save(key, 1)
        else await storage.delete(key)
      }
      assert.deepEqual(seen.toSorted(), keys.toSorted())
    })

    check("goes on beside another one", async ({ storage }) => {
      for (const key of tree) await storage.save(key, 1)
      const listings = [storage.entries(), storage.entries(), storage.entries({ subfolder: "b" })]
      const seen = listings.map((): string[] => [])
      for (let step = 0; step <= tree.length; step++) {
        for (const [index, listing] of listings.entries()) {
          const { value } = await listing.next()
          if (value) seen[index]!.push(value.key)
        }
      }
      const all = [...tree].toSorted()
      const below = ["a", "ab", "c/a", "c/d/e"]
      assert.deepEqual(
        seen.map((keys) => keys.toSorted()),
        [all, all, below],
      )
    })

    check("can be left in the middle", async ({ storage }) => {
      for (const key of tree) await storage.save(key, key)
      for await (const entry of storage.entries()) {
        assert.ok(tree.includes(entry.key as (typeof tree)[number]))
        break
      }
      assert.equal((await storage.list()).length, tree.length)
    })

    check("lets its keys be changed while it goes on", async ({ storage }) => {
      for (const key of tree) await storage.save(key, 1)
      const seen: string[] = []
      for await (const entry of storage.entries()) {
        seen.push(entry.key)
        await storage.save(entry.key, 2)
        if (entry.key === "a") await storage.delete("a")
      }
      assert.deepEqual(seen.toSorted(), [...tree].toSorted())
      assert.deepEqual(await storage.list(), tree.filter((key) => key !== "a").toSorted())
    })

    check("goes on when what comes next is deleted", async ({ storage }) => {
      for (const key of tree) await storage.save(key, 1)
      const seen: string[] = []
      for await (const { key } of storage.entries()) {
        seen.push(key)
        if (seen.length > 1) continue
        for (const other of tree) if (other !== key) await storage.delete(other)
      }
      assert.equal(new Set(seen).size, seen.length)
      assert.deepEqual(await storage.list(), seen.slice(0, 1))
    })
  })
}
