import assert from "node:assert/strict"
import type { Storage } from "../../storage/storage.ts"
import type { Checks } from "../check.ts"
import { outcomes } from "../expectations.ts"

/** `update` while others change the same key. */
export function meanwhileChecks(checks: Checks): void {
  const { check } = checks
  const increment = (current: number) => current + 1
  checks.group("update meanwhile", () => {
    check("loses no save that comes in between", async ({ storage }) => {
      const updates = Array.from({ length: 10 }, () =>
        storage.update<number>("key", increment, { default: 0 }),
      )
      await Promise.all([...updates, storage.save("key", 1_000)])
      const value = await storage.load<number>("key")
      // Whoever came before the save is overwritten by it, whoever came after counts on.
      assert.ok(
        value! >= 1_000 && value! <= 1_010,
        `an update wrote over the save of 1000 that it had not seen: it ended with ${value}`,
      )
    })

    check("sees a delete that comes in between", async ({ storage }) => {
      await storage.save("key", 1)
      const { isDone, value } = await updateDuring(storage, (signal) =>
        storage.delete("key", { signal }),
      )
      const allowed = isDone ? [101, undefined] : [101, undefined, 2]
      assert.ok(allowed.includes(value), `an update brought back what was deleted: ${value}`)
    })

    check("sees a save that comes in between where nothing was", async ({ storage }) => {
      const { isDone, value } = await updateDuring(storage, (signal) =>
        storage.save("key", 1_000, { signal }),
      )
      const allowed: unknown[] = isDone ? [1_001, 1_000] : [1_001, 1_000, 101]
      assert.ok(allowed.includes(value), `an update wrote over the save of 1000: ${value}`)
    })

    check("hears its signal while another change goes on", async ({ storage }) => {
      await storage.save("key", 0)
      const began = Promise.withResolvers<void>()
      const end = Promise.withResolvers<void>()
      const slow = storage.update<number>("key", async (current) => {
        began.resolve()
        await end.promise
        return current! + 1
      })
      // One that fails before its change began would be waited for in vain.
      await Promise.race([began.promise, slow])
      const controller = new AbortController()
      const { signal } = controller
      const waiting = storage.update<number>("key", (current) => current! + 1, { signal })
      const outcome = outcomes([waiting])
      controller.abort()
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        end.resolve()
      }, 5_000)
      const { succeeded, codes } = await outcome
      clearTimeout(timer)
      end.resolve()
      await slow
      assert.equal(isLate, false, "it went on waiting after it was aborted")
      if (succeeded === 0) assert.deepEqual(codes, ["ERR_PERSIST_ABORTED"])
      assert.equal(await storage.load("key"), 1 + succeeded)
    })

    check("waits for a change that takes its time", async ({ storage }) => {
      await storage.save("key", 1)
      const slow = storage.update<number>("key", async (current) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return current! + 1
      })
      const quick = storage.update<number>("key", (current) => current! + 1)
      await Promise.all([slow, quick])
      assert.equal(await storage.load("key"), 3)
    })

    check("gives up after its timeout when others always come first", async ({ storage }) => {
      await storage.save("key", 0)
      let entered = 0
      const slow = storage.update<number>("key", async (current) => {
        if (entered++ === 0) {
          const quick = storage.update<number>("key", (other) => other! + 1, { timeout: 50 })
          // Either the storage lets the quick one in between (and this change runs again), or it makes it wait.
          await quick.catch((error) => {
            assert.equal(error.code, "ERR_PERSIST_TIMEOUT")
          })
        }
        return current! + 1
      })
      await slow
      const value = await storage.load<number>("key")
      assert.equal(value, entered === 1 ? 1 : 2)
    })
  })
}

/**
 * Updates a number, 100 where there is none, by 1; while the change runs, `other` is called. Either the storage
 * lets it in between, and the change runs again, or makes it wait, which it gives up.
 */
async function updateDuring(
  storage: Storage,
  other: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ readonly isDone: boolean; readonly value: number | undefined }> {
  let meanwhile: ReturnType<typeof outcomes> | undefined
  const change = async (current: number) => {
    meanwhile ??= outcomes([other(AbortSignal.timeout(50))])
    await meanwhile
    return current + 1
  }
  await storage.update<number>("key", change, { default: 100 })
  const { succeeded, codes } = await meanwhile!
  if (succeeded === 0) assert.deepEqual(codes, ["ERR_PERSIST_ABORTED"])
  return { isDone: succeeded === 1, value: await storage.load<number>("key") }
}
