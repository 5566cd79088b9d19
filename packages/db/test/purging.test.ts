import { expect, test, vi } from "vitest"
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

describeEngines(
  "a storage whose values are saved without waiting",
  ({ fresh }) => {
    test("removes what has expired, too, and in a session", () =>
      withDatabase(fresh, async (database) => {
        let now = Date.UTC(2026, 0, 1)
        const open = () => database.storage("s", { clock: () => now })
        const left = async () => {
          const { rows } = await database.executeSql<{ name: string }>("select name from persist_s")
          return rows.map(({ name }) => name)
        }
        open().saveSync("a", 1, { ttl: 1_000 })
        now += 1_000
        const states = open()
        states.saveSync("b", 1)
        expect(await left()).toEqual(["a", "b"])
        states.saveSync("c", 1, { ttl: 1_000, version: true })
        expect(await left()).toEqual(["b", "c"])
        now += 1_000
        await database.getSession(async () => {
          open().saveSync("d", 1, { ttl: 1_000 })
        })
        expect(await left()).toEqual(["b", "d"])
      }))

    test("says where it could not, and keeps what was saved", () =>
      withDatabase(fresh, async (database) => {
        const ttl = 1_000
        let now = Date.UTC(2026, 0, 1)
        const warn = vi.fn()
        const open = () => database.storage("s", { clock: () => now, logger: { warn } })
        open().saveSync("old", 1, { ttl })
        now += ttl
        const trigger = "create trigger kept before delete on persist_s begin"
        await database.executeSql(`${trigger} select raise(abort, 'it stays'); end`)
        await open().save("a", 1, { ttl })
        expect(warn).toHaveBeenCalledOnce()
        open().saveSync("b", 1, { ttl })
        expect(warn).toHaveBeenCalledTimes(2)
        const [message, error] = warn.mock.lastCall!
        expect(message).toBe("What has expired could not be removed; it is tried again later.")
        expect(error.message).toMatch("it stays")
        expect(await open().list()).toEqual(["a", "b"])
        // What the database refused in a session, the session is told.
        const inSession = [
          () => open().save("c", 1, { ttl }),
          async () => open().saveSync("c", 1, { ttl }),
        ]
        for (const save of inSession) {
          await expect(database.getSession(save)).rejects.toThrow("it stays")
        }
        expect(warn).toHaveBeenCalledTimes(2)
        expect(await open().exists("c")).toBe(false)
      }))
  },
  ["sqlite", "memory"],
)
