import assert from "node:assert/strict"
import { JsonSerializer } from "../../json/json-serializer.ts"
import { BytesSerializer } from "../bytes-serializer.ts"
import type { Checks } from "../check.ts"
import { collect, failsWith } from "../expectations.ts"
import { TextSerializer } from "../text-serializer.ts"
import { ViewSerializer } from "../view-serializer.ts"

const text = new TextSerializer()
const other = new TextSerializer(".other")
const views = { storage: { serializer: new ViewSerializer() } }
const formats = { storage: { serializer: new JsonSerializer(), serializers: [text] } }

/** One key, one value, whatever its format. */
export function formatChecks(checks: Checks): void {
  const { check } = checks
  checks.group("formats", () => {
    check("reads each value by the serializer that fits", formats, async ({ storage }) => {
      const saved = await storage.save("text", "a", { serializer: text })
      await storage.save("json", "b")
      assert.equal(saved.format, ".text")
      assert.equal(await storage.load("text"), "a")
      assert.equal(await storage.load("json"), "b")
      assert.equal(await storage.load("text", { serializer: text }), "a")
      assert.equal((await storage.stat("text"))?.format, ".text")
      assert.deepEqual(await storage.list(), ["json", "text"])
    })

    check("replaces a value saved in another format", formats, async ({ storage }) => {
      await storage.save("key", "as json")
      await storage.save("key", "as text", { serializer: text })
      assert.equal(await storage.load("key"), "as text")
      assert.deepEqual(await storage.list(), ["key"])
      await storage.save("key", { as: "json" })
      assert.deepEqual(await storage.load("key"), { as: "json" })
      assert.equal(await storage.delete("key"), true)
      assert.equal(await storage.exists("key"), false)
      assert.equal(await storage.load("key", { serializer: text }), undefined)
    })

    check(
      "sees, describes and deletes a value of any known format",
      formats,
      async ({ storage }) => {
        await storage.save("key", "text", { serializer: text })
        assert.equal(await storage.exists("key"), true)
        assert.equal((await storage.stat("key"))?.format, ".text")
        assert.equal(await storage.delete("key"), true)
        assert.deepEqual(await storage.list(), [])
      },
    )

    check("knows a format from its first use on", formats, async ({ storage }) => {
      await storage.save("key", "a", { serializer: other })
      assert.equal(await storage.load("key"), "a")
      assert.deepEqual(await storage.list(), ["key"])
    })

    check("tells keys and extensions of several parts apart", async ({ storage }) => {
      const layered = new TextSerializer(".json.text")
      storage.addFormats(text, layered)
      await storage.save("a", "a in .json.text", { serializer: layered })
      await storage.save("a.json", "a.json in .text", { serializer: text })
      await storage.save("a.json.text", "a.json.text in .json")
      await storage.save("a.text", "a.text in .json")
      assert.deepEqual(await storage.list(), ["a", "a.json", "a.json.text", "a.text"])
      assert.equal(await storage.load("a"), "a in .json.text")
      assert.equal((await storage.stat("a"))?.format, ".json.text")
      assert.equal(await storage.load("a.json"), "a.json in .text")
      assert.equal(await storage.load("a.json.text"), "a.json.text in .json")
      assert.equal(await storage.load("a.text"), "a.text in .json")
      await storage.save("a", "a in .json")
      assert.equal(await storage.load("a.json"), "a.json in .text")
      assert.equal(await storage.delete("a"), true)
      assert.deepEqual(await storage.list(), ["a.json", "a.json.text", "a.text"])
    })

    check("reads a format again that the next handle is told of", formats, async (context) => {
      const { storage, reopen } = context
      if (!storage.supports.persistent) return
      await storage.save("key", "a", { serializer: other })
      await storage.close()
      const again = await reopen({ serializer: new JsonSerializer() })
      assert.equal(await again.load("key", { serializer: other }), "a")
      assert.equal(await again.load("key"), "a")
    })

    check("keeps what it holds apart from the bytes it hands out", views, async (context) => {
      const { storage } = context
      const { history } = storage.supports
      const spoil = (bytes: Uint8Array | undefined) => bytes!.fill(0)
      const saved = await storage.save("key", Uint8Array.of(1, 2, 3), { version: history })
      await storage.update<Uint8Array>("key", () => Uint8Array.of(4, 5, 6))
      spoil(await storage.load("key"))
      const throwing = (current: Uint8Array | undefined) => {
        spoil(current)
        throw new Error("changed my mind")
      }
      await assert.rejects(storage.update("key", throwing))
      const seen = await storage.update<Uint8Array>("key", (current) => Uint8Array.from(current!))
      const loaded = await storage.load<Uint8Array>("key")
      const changed =
        "bytes that a primitive handed out were changed, and the stored ones with them"
      assert.deepEqual([[...seen], [...loaded!]], Array(2).fill([4, 5, 6]), changed)
      if (!history) return
      const { version } = saved
      spoil(await storage.load("key", { version: version! }))
      const copy = await storage.load<Uint8Array>("key", { version: version! })
      assert.deepEqual([...copy!], [1, 2, 3])
    })

    check("keeps every byte, and none", async ({ storage }) => {
      const bytes = new BytesSerializer()
      const every = Uint8Array.from(
        { length: 1024 },
        (_, index) => (index * 7 + (index >> 8)) & 255,
      )
      const samples = [
        every,
        new Uint8Array(0),
        new Uint8Array(1),
        Uint8Array.of(0xef, 0xbb, 0xbf, 0),
      ]
      for (const [index, sample] of samples.entries()) {
        const options = storage.supports.history ? { version: true } : {}
        const { size, version } = await storage.save(`${index}`, sample, {
          serializer: bytes,
          ...options,
        })
        assert.equal(size, sample.length)
        assert.deepEqual(await storage.load(`${index}`), sample)
        if (version) assert.deepEqual(await storage.load(`${index}`, { version }), sample)
      }
      assert.equal((await storage.stat("1"))?.size, 0)
      assert.deepEqual(await storage.list(), ["0", "1", "2", "3"])
      assert.equal(await storage.delete("1"), true)
    })

    check("keeps bytes of every length that a page may have", async ({ storage }) => {
      const serializer = new BytesSerializer()
      const pages = [4_096, 8_192, 16_384, 65_536, 131_072, 1_048_576]
      for (const length of pages.flatMap((page) => [page - 1, page, page + 1])) {
        const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) & 255)
        assert.equal((await storage.save("key", bytes, { serializer })).size, length)
        const found = await storage.load<Uint8Array>("key")
        assert.equal(Buffer.compare(found!, bytes), 0, `${length} bytes came back as others`)
      }
    })

    check("tells the formats of equal bytes apart", async ({ storage }) => {
      const serializer = new BytesSerializer()
      await storage.save("key", Uint8Array.of(0x31), { serializer })
      assert.equal((await storage.save("key", 1)).format, ".json")
      assert.equal((await storage.stat("key"))?.format, ".json")
      assert.equal((await collect(storage.entries()))[0]?.format, ".json")
      assert.equal(await storage.load("key"), 1)
      await storage.save("key", Uint8Array.of(0x31), { serializer })
      assert.deepEqual(await storage.load("key"), Uint8Array.of(0x31))
    })

    check("updates a value in the format that is named", formats, async ({ storage }) => {
      await storage.save("key", "a")
      const add = (current: string | undefined) => `${current}b`
      assert.equal(await storage.update<string>("key", add, { serializer: text }), "ab")
      assert.equal((await storage.stat("key"))?.format, ".text")
      assert.equal(await storage.update<string>("key", add), "abb")
      assert.equal((await storage.stat("key"))?.format, ".json")
      assert.equal(await storage.load("key"), "abb")
    })

    check("saves bytes as they are when save is called", async ({ storage }) => {
      const value = Uint8Array.of(1, 2, 3)
      const saving = storage.save("key", value, { serializer: new BytesSerializer() })
      value.fill(9)
      await saving
      assert.deepEqual(await storage.load("key"), Uint8Array.of(1, 2, 3))
    })

    check(
      "refuses to read a value by a serializer of another format",
      formats,
      async ({ storage }) => {
        await storage.save("key", "a")
        const wrong = () => storage.load("key", { serializer: text, default: "never" })
        const error = await failsWith("ERR_PERSIST_FORMAT", wrong)
        assert.match(error.message, /key/)
        assert.equal(await storage.load("key"), "a")
      },
    )

    check("writes nothing when a value cannot be encoded", formats, async ({ storage }) => {
      await storage.save("key", "before")
      await failsWith("ERR_PERSIST_ENCODE", () => storage.save("key", { a: [1n] }))
      await failsWith("ERR_PERSIST_ENCODE", () => storage.save("key", () => 1))
      await failsWith("ERR_PERSIST_ENCODE", () =>
        storage.save<unknown>("key", 1, { serializer: text }),
      )
      await failsWith("ERR_PERSIST_ENCODE", () => storage.save("fresh", Symbol("a")))
      assert.equal(await storage.load("key"), "before")
      assert.deepEqual(await storage.list(), ["key"])
    })
  })
}
