import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

const hour = 3_600_000

describeEngines("a storage whose values expire", ({ fresh }) => {
  test("removes them, tombstones after an hour, and never the mark of a fence", () =>
    withDatabase(fresh, async (database) => {
      let now = Date.UTC(2026, 0, 1)
      const open = () => database.storage("s", { clock: () => now })
      const states = open()
      await states.save("short", "x", { ttl: 1_000 })
      await states.save("fenced", "x", { ttl: 1_000, fence: 5 })
      await states.save("kept", "x")
      await states.save("long", "x", { ttl: 3 * hour })
      await states.save("deleted", "x")
      await states.delete("deleted")
      /** What is in the table, after a storage that was just opened has removed what it finds. */
      const left = async () => {
        await open().delete("missing")
        const sql = "select name, length(bytes) as size from persist_s"
        const { rows } = await database.executeSql<{ name: unknown; size: number | bigint }>(sql)
        return rows.map(({ name, size }) => `${name} ${Number(size) > 0}`).sort()
      }
      const always = ["fenced false", "kept true", "long true"]
      now += 999
      expect(await left()).toEqual([
        "deleted false",
        "fenced true",
        "kept true",
        "long true",
        "short true",
      ])
      now += 1
      expect(await left()).toEqual(["deleted false", ...always].sort())
      now += hour - 1_001
      expect(await left()).toEqual(["deleted false", ...always].sort())
      now += 1
      expect(await left()).toEqual(always)
      await expect(states.save("fenced", 1, { fence: 4 })).rejects.toMatchObject({
        code: "ERR_PERSIST_FENCED",
      })
      expect(await states.list()).toEqual(["kept", "long"])
    }))

  test("tells a watch nothing of a fence on a key that never was", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("s")
      await states.save("a", 1)
      const changes = states.watch()[Symbol.asyncIterator]()
      if (!states.supports.sync) expect((await changes.next()).value).toMatchObject({ type: "gap" })
      expect(await states.delete("never", { fence: 5 })).toBe(false)
      await states.save("a", 2)
      expect((await changes.next()).value).toMatchObject({ type: "save", key: "a" })
      await changes.return?.()
    }))
})
