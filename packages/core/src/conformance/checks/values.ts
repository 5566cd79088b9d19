import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { collect } from "../expectations.ts"

const samples: readonly unknown[] = [
  ...["", "text", "\u{1f600}\n", "\u2028", 0, -1, 0.1, 1e300, true, false, null, [], {}],
  ...[[[[]]], [1, "a", null, { b: [true] }], { a: { b: { c: 1 } }, "": 2, " ": 3, "a.b": 4 }],
]

/** One value under one key: save, load, overwrite, delete, look up. */
export function valueChecks(checks: Checks): void {
  const { check } = checks
  checks.group("values", () => {
    check("gives back what was saved", async ({ storage }) => {
      for (const [index, sample] of samples.entries()) {
        await storage.save(`sample-${index}`, sample)
      }
      for (const [index, sample] of samples.entries()) {
        assert.deepEqual(await storage.load(`sample-${index}`), sample)
      }
    })

    check("loads a missing key as undefined or the default", async ({ storage }) => {
      assert.equal(await storage.load("missing"), undefined)
      assert.equal(await storage.load("missing", { default: "fallback" }), "fallback")
      assert.equal(await storage.loadEntry("missing"), undefined)
      await storage.save("there", null)
      assert.equal(await storage.load<string | null>("there", { default: "fallback" }), null)
    })

    check("replaces a value whole, also by a smaller one", async ({ storage }) => {
      await storage.save("key", { long: "x".repeat(10_000) })
      await storage.save("key", { short: 1 })
      assert.deepEqual(await storage.load("key"), { short: 1 })
      assert.deepEqual(await storage.list(), ["key"])
    })

    check("saves the value as it was when save was called", async ({ storage }) => {
      const value = { count: 1, list: [1] }
      const saving = storage.save("key", value)
      value.count = 2
      value.list.push(2)
      await saving
      assert.deepEqual(await storage.load("key"), { count: 1, list: [1] })
    })

    check("hands out values that no later save changes", async ({ storage }) => {
      await storage.save("key", { count: 1 })
      const first = await storage.load<{ count: number }>("key")
      first!.count = 99
      assert.deepEqual(await storage.load("key"), { count: 1 })
    })

    check("describes a value by its entry", async ({ storage, clock }) => {
      const before = clock.now()
      const saved = await storage.save("key", "value", { subfolder: "folder" })
      const stat = await storage.stat("key", { subfolder: "folder" })
      const loaded = await storage.loadEntry("key", { subfolder: "folder" })
      for (const entry of [saved, stat!, loaded!.entry]) {
        assert.equal(entry.key, "key")
        assert.equal(entry.format, storage.serializer.fileExtension)
        assert.equal(entry.revision, saved.revision)
        assert.equal(typeof entry.revision, "string")
        assert.equal(entry.size, saved.size)
        assert.ok(entry.savedAt instanceof Date)
        assert.equal(entry.savedAt.getTime(), saved.savedAt.getTime())
        assert.equal(entry.expiresAt, undefined)
        assert.equal(entry.recovered, undefined)
      }
      assert.ok(saved.size > 0)
      assert.ok(
        Math.abs(saved.savedAt.getTime() - before) < 3_600_000,
        "savedAt is not the time of the clock that the storage was given",
      )
    })

    check("deletes, and says whether there was something to delete", async ({ storage }) => {
      await storage.save("key", 1)
      await storage.save("other", 2)
      assert.equal(await storage.exists("key"), true)
      assert.equal(await storage.delete("key"), true)
      assert.equal(await storage.delete("key"), false)
      assert.equal(await storage.exists("key"), false)
      assert.equal(await storage.stat("key"), undefined)
      assert.equal(await storage.load("key"), undefined)
      assert.equal(await storage.load("other"), 2)
      await storage.save("key", 3)
      assert.equal(await storage.load("key"), 3)
    })

    check("loads many at once, each its own", async ({ storage }) => {
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`)
      const value = (key: string) => ({ key, text: key.repeat(key.length * 20) })
      await Promise.all(keys.map((key) => storage.save(key, value(key))))
      const loaded = await Promise.all(keys.map((key) => storage.load(key)))
      assert.deepEqual(loaded, keys.map(value))
    })

    check("tells the size of the bytes and the time of the save", async ({ storage, clock }) => {
      const value = { text: "\u00e9".repeat(100) }
      const first = await storage.save("key", value)
      assert.equal(first.size, storage.serializer.encode(value).length)
      const [listed] = await collect(storage.entries())
      const [stat, loaded] = [await storage.stat("key"), await storage.loadEntry("key")]
      for (const entry of [listed, stat, loaded?.entry]) assert.equal(entry?.size, first.size)
      await clock.advance(2_000)
      const second = await storage.save("key", value)
      const passed = second.savedAt.getTime() - first.savedAt.getTime()
      assert.ok(passed >= 1_000, `savedAt moved by ${passed} ms while its clock moved by 2000`)
    })

    check("describes a value anew after every overwrite", async ({ storage, clock }) => {
      const sizes = new Set<number>()
      const described = async () => {
        const [listed] = await collect(storage.entries())
        const [stat, loaded] = [await storage.stat("key"), await storage.loadEntry("key")]
        for (const entry of [listed, loaded?.entry]) {
          assert.equal(entry?.size, stat?.size)
          assert.equal(entry?.savedAt.getTime(), stat?.savedAt.getTime())
        }
        sizes.add(stat!.size)
        return stat!
      }
      for (const length of [100, 1_000, 1]) {
        const { size } = await storage.save("key", "x".repeat(length))
        assert.equal((await described()).size, size)
      }
      const before = await described()
      await clock.advance(1_000)
      await storage.update("key", () => "x".repeat(2_000))
      assert.ok((await described()).savedAt > before.savedAt, "an update left the time of before")
      assert.equal(sizes.size, 4)
    })

    check("keeps big values", async ({ storage }) => {
      const big = {
        text: "0123456789\u00e9".repeat(250_000),
        list: Array.from({ length: 20_000 }, (_, i) => i),
      }
      const entry = await storage.save("big", big)
      assert.ok(entry.size > 2_500_000)
      assert.deepEqual(await storage.load("big"), big)
    })

    check("lets every load see the save before it", async ({ storage }) => {
      for (let value = 0; value < 120; value++) {
        await storage.save("key", value)
        assert.equal(await storage.load("key"), value)
      }
    })

    check("ends with one of the values that were saved at once", async ({ storage }) => {
      const values = Array.from({ length: 20 }, (_, index) => ({
        index,
        text: `${index}`.repeat(500),
      }))
      await Promise.all(values.map((value) => storage.save("key", value)))
      const last = await storage.load<{ index: number }>("key")
      assert.deepEqual(last, values[last!.index])
    })

    check("lets every reader see a whole value while it is replaced", async ({ storage }) => {
      const value = (index: number) => Array.from({ length: 200 }, () => index)
      await storage.save("key", value(0))
      const write = async () => {
        for (let index = 1; index <= 20; index++) await storage.save("key", value(index))
      }
      const read = async () => {
        for (let round = 0; round < 20; round++) {
          const seen = await storage.load<number[]>("key")
          assert.deepEqual(seen, value(seen![0]!))
        }
      }
      await Promise.all([write(), read()])
      assert.deepEqual(await storage.load("key"), value(20))
    })
  })
}
