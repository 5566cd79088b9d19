import assert from "node:assert/strict"
import { JsonSerializer } from "../../json/json-serializer.ts"
import type { Checks } from "../check.ts"
import { failsWith } from "../expectations.ts"
import { TextSerializer } from "../text-serializer.ts"

const text = new TextSerializer()
const other = new TextSerializer(".other")
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
