import { setImmediate as turn } from "node:timers/promises"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { KeyQueue } from "../src/storage/key-queue.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

const patient = { timeout: 30_000, signal: undefined }

describe("KeyQueue", () => {
  test("runs the work of one key in the order of the calls, never two at once", async () => {
    const work = fc.record({
      key: fc.constantFrom("a", "b"),
      turns: fc.nat(3),
      fails: fc.boolean(),
      abortsAfter: fc.option(fc.nat(6), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 12, size: "max" }), async (all) => {
        const queue = new KeyQueue()
        const running = new Map<string, number>()
        const order = new Map<string, number[]>()
        const results = all.map(async ({ key, turns, fails, abortsAfter }, index) => {
          const controller = new AbortController()
          if (abortsAfter !== undefined) {
            void (async () => {
              for (let count = 0; count < abortsAfter; count++) await turn()
              controller.abort()
            })()
          }
          return queue.run(
            key,
            "work",
            { timeout: 30_000, signal: controller.signal },
            async () => {
              expect(running.get(key) ?? 0).toBe(0)
              running.set(key, 1)
              order.set(key, [...(order.get(key) ?? []), index])
              for (let count = 0; count < turns; count++) await turn()
              running.set(key, 0)
              if (fails) throw new Error("failed")
              return index
            },
          )
        })
        const settled = await Promise.allSettled(results)
        for (const [index, result] of settled.entries()) {
          const ran = [...order.values()].some((indices) => indices.includes(index))
          if (result.status === "fulfilled") expect([ran, result.value]).toEqual([true, index])
          else if (ran) expect(result.reason).toMatchObject({ message: "failed" })
          else expect(result.reason).toMatchObject({ code: "ERR_PERSIST_ABORTED" })
        }
        for (const indices of order.values()) {
          expect(indices).toEqual(indices.toSorted((a, b) => a - b))
        }
        await turn()
        expect(queue.size).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test("gives up waiting after the timeout, and the next waits on", async () => {
    const queue = new KeyQueue()
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = queue.run("key", "First", patient, () => promise)
    const second = queue.run("key", "Second", { ...patient, timeout: 5 }, async () => "second")
    let isRunning = false
    const third = queue.run("key", "Third", patient, async () => {
      isRunning = true
    })
    await expect(second).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    await turn()
    expect(isRunning).toBe(false)
    resolve()
    await Promise.all([first, third])
    expect(isRunning).toBe(true)
  })

  test("gives whoever waited what is left of its time, in whole milliseconds", async () => {
    const queue = new KeyQueue()
    const first = queue.run("key", "First", patient, turn)
    const left = await queue.run("key", "Second", patient, async ({ timeout }) => timeout)
    await first
    expect(left).toBeLessThanOrEqual(patient.timeout)
    expect(left).toBeGreaterThan(0)
    expect(Number.isInteger(left)).toBe(true)
  })

  test("waits for ever when told to, though no timer can", async () => {
    const queue = new KeyQueue()
    for (const timeout of [2 ** 31, Number.POSITIVE_INFINITY]) {
      const { promise, resolve } = Promise.withResolvers<void>()
      void queue.run("key", "First", patient, () => promise)
      const second = queue.run("key", "Second", { ...patient, timeout }, async () => "second")
      // What cannot be waited for would fire after 1 ms.
      setTimeout(resolve, 5)
      expect(await second).toBe("second")
    }
  })

  test("goes on behind work that throws at once", async () => {
    const queue = new KeyQueue()
    const throwing = queue.run("key", "work", patient, () => {
      throw new Error("at once")
    })
    const next = queue.run("key", "work", patient, async () => "done")
    await expect(throwing).rejects.toThrow("at once")
    expect(await next).toBe("done")
    expect(queue.size).toBe(0)
  })

  test("holds no key when the stack ends between the beginning of the work and the wait for it", () => {
    const queue = new KeyQueue()
    const unwaitable = {
      // biome-ignore lint/suspicious/noThenProperty: a wait that cannot begin is what this is about.
      then() {
        throw new RangeError("Maximum call stack size exceeded")
      },
    }
    const work = () => unwaitable as unknown as Promise<void>
    expect(() => queue.run("key", "work", patient, work)).toThrow(RangeError)
    expect(queue.size).toBe(0)
  })
})

test("many updates of one key need one attempt each", async () => {
  const storage = new MemoryStorage()
  let attempts = 0
  const add = (count: number) => {
    attempts++
    return count + 1
  }
  const updates = Array.from({ length: 500 }, () => storage.update("key", add, { default: 0 }))
  await Promise.all(updates)
  expect(await storage.load("key")).toBe(500)
  expect(attempts).toBe(500)
})

test("leaves no timer behind whoever waited, which would keep the process", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
  const queue = new KeyQueue()
  const before = timers()
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = queue.run("a", "work", patient, () => promise)
  const waiting = [1, 2, 3].map((value) => queue.run("a", "work", patient, async () => value))
  expect(timers()).toBe(before + 3)
  resolve()
  await first
  expect(await Promise.all(waiting)).toEqual([1, 2, 3])
  expect(timers()).toBe(before)
})

test("knows whose key somebody works on or waits for", async () => {
  const queue = new KeyQueue()
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = queue.run("a", "work", patient, () => promise)
  const second = queue.run("a", "work", patient, () => turn())
  expect([queue.has("a"), queue.has("b")]).toEqual([true, false])
  resolve()
  await first
  expect(queue.has("a")).toBe(true)
  await second
  expect(queue.has("a")).toBe(false)
})
