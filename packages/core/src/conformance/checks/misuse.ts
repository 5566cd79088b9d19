import assert from "node:assert/strict"
import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/atomic"
import type { Checks } from "../check.ts"
import { collect, failsWith } from "../expectations.ts"
import { listenersLeft } from "../listeners-left.ts"

/** Wrong options, and signals that are aborted before anything began. */
export function misuseChecks(checks: Checks): void {
  const { check } = checks
  checks.group("misuse", () => {
    check("refuses unknown options in every operation", async ({ storage }) => {
      const wrong = { serialiser: 1 } as object
      const calls = [
        () => storage.save("key", 1, wrong),
        () => storage.load("key", wrong),
        () => storage.loadEntry("key", wrong),
        () => storage.update("key", () => 1, wrong),
        () => storage.delete("key", wrong),
        () => storage.exists("key", wrong),
        () => storage.stat("key", wrong),
        () => storage.list(wrong),
        () => collect(storage.entries(wrong)),
        () => storage.versions("key", wrong),
        () => storage.backups("key", wrong),
        () => storage.restore("key", "id", wrong),
        () => storage.watch(wrong),
        () => storage.saveSync("key", 1, wrong),
        () => storage.loadSync("key", wrong),
      ]
      for (const call of calls) {
        const error = await failsWith("ERR_PERSIST_INVALID_OPTION", call)
        assert.match(error.message, /serialiser/)
      }
      assert.deepEqual(await storage.list(), [])
    })

    check("refuses options that are no object", async ({ storage }) => {
      for (const wrong of [null, 1, "options", true] as unknown as object[]) {
        await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.save("key", 1, wrong))
        await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.load("key", wrong))
        await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.list(wrong))
      }
      assert.deepEqual(await storage.list(), [])
    })

    check("refuses to delete a history and keep something in it", async ({ storage }) => {
      await storage.save("key", 1)
      const both = { backup: true, history: true }
      await failsWith("ERR_PERSIST_INVALID_OPTION", () => storage.delete("key", both))
      assert.equal(await storage.load("key"), 1)
    })

    check("refuses malformed patterns", async ({ storage }) => {
      for (const pattern of ["[a", "{a,b", "a{b,{c}"]) {
        await failsWith("ERR_PERSIST_INVALID_ARGUMENT", () => storage.list({ pattern }))
      }
    })

    check("leaves nothing on the signal of what has ended", async ({ storage }) => {
      const { signal } = new AbortController()
      const { history } = storage.supports
      for (let round = 0; round < 2; round++) {
        await storage.save("key", round, { signal })
        await storage.update("key", () => round, { signal })
        await storage.load("key", { signal })
        await storage.stat("key", { signal })
        await storage.list({ signal })
        await collect(storage.entries({ signal }))
        if (history) await storage.versions("key", { signal })
        await storage.delete("key", { signal })
      }
      const left = await listenersLeft(signal)
      assert.equal(left, 0, `${left} listeners are left on a signal that may live for ever`)
    })

    check("does nothing for a signal that is aborted already", async ({ storage }) => {
      await storage.save("key", "before")
      const reason = new Error("no longer wanted")
      const signal = AbortSignal.abort(reason)
      let changed = false
      const change = () => {
        changed = true
        return "after"
      }
      const calls = [
        () => storage.save("key", "after", { signal }),
        () => storage.load("key", { signal, default: "never" }),
        () => storage.loadEntry("key", { signal }),
        () => storage.update("key", change, { signal }),
        () => storage.delete("key", { signal }),
        () => storage.exists("key", { signal }),
        () => storage.stat("key", { signal }),
        () => storage.list({ signal }),
        () => collect(storage.entries({ signal })),
      ]
      for (const call of calls) {
        const error = await failsWith("ERR_PERSIST_ABORTED", call)
        assert.equal(error.cause, reason)
      }
      assert.equal(changed, false)
      assert.equal(await storage.load("key"), "before")
      assert.deepEqual(await storage.list(), ["key"])
    })

    check("settles at an abort: the save either happened or did not", async ({ storage }) => {
      await storage.save("key", 0)
      for (let round = 1; round <= 10; round++) {
        const controller = new AbortController()
        const saving = storage.save("key", round, { signal: controller.signal })
        if (round % 2) setImmediate(() => controller.abort())
        else queueMicrotask(() => controller.abort())
        const happened = await saving.then(
          () => true,
          (error: unknown) => {
            assert.ok(PersistError.is(error, "ERR_PERSIST_ABORTED"), String(error))
            return false
          },
        )
        const value = await storage.load<number>("key")
        if (happened) assert.equal(value, round)
        else assert.ok(value! <= round)
      }
    })

    check("lets nothing that was aborted come after what was acknowledged", async ({ storage }) => {
      for (let round = 0; round < 16; round++) {
        const controller = new AbortController()
        const { signal } = controller
        const calls = [
          () => storage.save("key", "aborted", { signal }),
          () => storage.update("key", () => "aborted", { signal }),
          () => storage.delete("key", { signal }),
        ]
        const settled = Promise.allSettled([calls[round % 3]!()])
        const beside = storage.save("key", "beside")
        // The last one is aborted at once, so that what it does later comes while nothing is saved any more.
        for (let turn = 0; turn < (15 - round) % 4; turn++) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        controller.abort()
        await settled
        await beside
        await storage.save("key", round)
        assert.equal(await storage.load("key"), round)
      }
      // What was still on its way may arrive only now.
      await delay(50)
      assert.equal(await storage.load("key"), 15)
    })

    check("keeps a large value whole when a save is aborted on its way", async ({ storage }) => {
      const value = (round: number) => `${round % 10}`.repeat(40_000)
      await storage.save("key", value(0))
      for (let round = 1; round <= 30; round++) {
        const controller = new AbortController()
        const saving = storage.save("key", value(round), { signal: controller.signal })
        const settled = saving.catch(() => {})
        for (let turn = 0; turn < round % 10; turn++) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        controller.abort()
        await settled
        const found = await storage.load<string>("key")
        assert.equal(found, found?.[0]?.repeat(40_000), "neither the old value nor the new one")
      }
    })
  })
}
