import assert from "node:assert/strict"
import type { Checks } from "../check.ts"
import { failsWith } from "../expectations.ts"

/** `update`: read, change and write as one step. */
export function updateChecks(checks: Checks): void {
  const { check } = checks
  const increment = (current: number) => current + 1
  checks.group("update", () => {
    check("changes the current value, and returns the new one", async ({ storage }) => {
      await storage.save("key", { count: 1 })
      const updated = await storage.update<{ count: number }>("key", (current) => ({
        count: current!.count + 1,
      }))
      assert.deepEqual(updated, { count: 2 })
      assert.deepEqual(await storage.load("key"), { count: 2 })
    })

    check("gives a missing key as undefined or the default", async ({ storage }) => {
      await storage.update("a", (current) => [current === undefined])
      assert.deepEqual(await storage.load("a"), [true])
      assert.equal(await storage.update("b", increment, { default: 10, subfolder: "s" }), 11)
      assert.equal(await storage.load("s/b"), 11)
    })

    check("loses none of many at once", async ({ storage }) => {
      const updates = Array.from({ length: 30 }, () =>
        storage.update("counter", increment, { default: 0 }),
      )
      const results = await Promise.all(updates)
      assert.equal(await storage.load("counter"), 30)
      assert.deepEqual(
        results.toSorted((a, b) => a - b),
        Array.from({ length: 30 }, (_, index) => index + 1),
      )
    })

    check("loses none between handles on the same data", async ({ storage, reopen }) => {
      if (!storage.supports.multiProcess) return
      const handles = [storage, await reopen(), await reopen()]
      const updates = Array.from({ length: 30 }, (_, index) =>
        handles[index % 3]!.update("counter", increment, { default: 0 }),
      )
      await Promise.all(updates)
      for (const handle of handles) {
        const counted = await handle.load("counter")
        assert.equal(counted, 30, `30 updates between three handles counted to ${counted}`)
      }
    })

    check("does not let changes of the default leak into the next attempt", async ({ storage }) => {
      const append = (item: number) => (list: number[]) => {
        list.push(item)
        return list
      }
      const initial: number[] = []
      const updates = [1, 2, 3, 4, 5].map((item) =>
        storage.update("list", append(item), { default: initial }),
      )
      await Promise.all(updates)
      const list = await storage.load<number[]>("list")
      assert.deepEqual(list?.toSorted(), [1, 2, 3, 4, 5])
      assert.deepEqual(initial, [])
    })

    check("lets a change use other keys", async ({ storage }) => {
      await storage.save("from", 10)
      const moved = await storage.update<number>("to", async (current) => {
        const from = await storage.load<number>("from")
        await storage.save("log", "moved")
        await storage.update<number>("from", (amount) => amount! - 3)
        return (current ?? 0) + Math.min(from!, 3)
      })
      assert.equal(moved, 3)
      assert.equal(await storage.load("from"), 7)
      assert.equal(await storage.load("log"), "moved")
    })

    check(
      "makes no history when the change throws",
      { needs: ["history"] },
      async ({ storage }) => {
        await storage.save("key", 1)
        const change = () => {
          throw new Error("no")
        }
        const wanted = { version: true, backup: true }
        await assert.rejects(storage.update<number>("key", change, wanted))
        assert.deepEqual(await storage.versions("key"), [])
        assert.deepEqual(await storage.backups("key"), [])
      },
    )

    check("leaves the value when the change throws, and throws that", async ({ storage }) => {
      const { revision } = await storage.save("key", "before")
      const errors = [
        new Error("changed my mind"),
        Object.assign(new Error("a code of the caller's"), { code: "ENOENT" }),
      ]
      for (const error of errors) {
        const throwing = [
          () => {
            throw error
          },
          () => Promise.reject(error),
        ]
        for (const change of throwing) {
          await assert.rejects(storage.update<string>("key", change), (caught) => caught === error)
          await assert.rejects(
            storage.update<string>("fresh", change),
            (caught) => caught === error,
          )
        }
      }
      assert.equal(await storage.load("key"), "before")
      assert.deepEqual(await storage.list(), ["key"])
      assert.equal((await storage.stat("key"))?.revision, revision, "it was written again")
      assert.equal(await storage.update<string>("key", () => "after"), "after")
    })

    check("leaves the value when the new one cannot be encoded", async ({ storage }) => {
      await storage.save("key", "before")
      await failsWith("ERR_PERSIST_ENCODE", () => storage.update<unknown>("key", () => 1n))
      assert.equal(await storage.load("key"), "before")
    })

    check("writes nothing when it is aborted during the change", async ({ storage }) => {
      await storage.save("key", "before")
      const controller = new AbortController()
      const reason = new Error("enough")
      const change = () => {
        controller.abort(reason)
        return "after"
      }
      const { signal } = controller
      const error = await failsWith("ERR_PERSIST_ABORTED", () =>
        storage.update<string>("key", change, { signal }),
      )
      assert.equal(error.cause, reason)
      assert.equal(await storage.load("key"), "before")
    })

    check("writes what the change leaves as it is, too", async ({ storage }) => {
      const { history } = storage.supports
      const { revision } = await storage.save("key", { same: true })
      await storage.update("key", (current) => current, history ? { version: true } : {})
      assert.notEqual((await storage.stat("key"))?.revision, revision)
      if (history) assert.equal((await storage.versions("key")).length, 1)
    })

    check("makes versions and backups", { needs: ["history"] }, async ({ storage }) => {
      await storage.save("key", 1)
      await storage.update("key", increment, { default: 0, version: true, backup: true })
      const [version] = await storage.versions("key")
      const [backup] = await storage.backups("key")
      assert.equal(await storage.load("key", { version: version!.id }), 2)
      assert.equal(await storage.load("key", { version: backup!.id }), 1)
    })
  })
}
