import { describe, expect, test } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { ManualClock } from "./manual-clock.ts"

/** A cache on a clock that is moved by hand, with how many timers it has asked for and has open, and what has expired. */
function make(maxSize: number, onExpired?: () => void) {
  const clock = new ManualClock()
  const timers = { asked: 0, open: new Set<object>() }
  const expired: number[] = []
  const cache = new CacheStorage<number, number>({
    maxSize,
    clock: {
      now: () => clock.now(),
      schedule: (run, delay) => {
        const timer = {}
        timers.asked++
        timers.open.add(timer)
        const cancel = clock.schedule(() => {
          timers.open.delete(timer)
          run()
        }, delay)
        return () => {
          timers.open.delete(timer)
          cancel()
        }
      },
    },
    onRemoval: (key, _value, reason) => {
      if (reason !== "expired") return
      expired.push(key)
      onExpired?.()
    },
  })
  return { cache, clock, timers, expired }
}

describe("active expiry", () => {
  test("looks at many entries in several turns, and rests when all are gone", () => {
    const { cache, clock, timers, expired } = make(40_000)
    for (let key = 0; key < 40_000; key++) cache.set(key, key, { ttl: 1_000 })
    const gone = [1_000, 1, 1].map((time) => {
      clock.pass(time)
      return expired.length
    })
    expect(gone).toEqual([16_384, 32_768, 40_000])
    expect(timers.open.size).toBe(0)
  })

  test("is no more frequent than every 10 ms for 1,000 entries", () => {
    const { cache, clock, timers, expired } = make(10_000)
    for (let key = 0; key < 10_000; key++) cache.set(key, key, { ttl: key + 1 })
    timers.asked = 0
    clock.pass(10_200)
    expect(expired.length).toBe(10_000)
    expect(timers.asked).toBeLessThanOrEqual(102)
    expect(timers.open.size).toBe(0)
  })

  test("knows what is set between two of its turns, in a place that it has passed", () => {
    const { cache, clock, expired } = make(40_000)
    for (let key = 0; key < 40_000; key++) cache.set(key, key, { ttl: key < 20 ? 1_000 : "1h" })
    clock.pass(1_000)
    cache.set(-1, 0, { ttl: 50 })
    clock.pass(1_000)
    expect(expired.slice(20)).toEqual([-1])
  })

  test("goes on with what is set after clear, whatever it waited for or was at before", () => {
    const { cache, clock, timers, expired } = make(40_000)
    cache.set(1, 1, { ttl: 1_000 }).clear()
    cache.set(2, 2, { ttl: 2_000 })
    clock.pass(2_000)
    expect(expired).toEqual([2])
    for (let key = 0; key < 40_000; key++) cache.set(key, key, { ttl: 1_000 })
    clock.pass(1_000)
    cache.clear()
    cache.set(-1, 0, { ttl: 10 })
    clock.pass(1_000)
    expect(expired.at(-1)).toBe(-1)
    expect(timers.open.size).toBe(0)
  })

  test("does not go on after close, and what expires then is not counted", async () => {
    const { cache, clock, timers, expired } = make(10)
    cache.set(1, 1, { ttl: 1_000 }).set(2, 2, { ttl: 5_000 })
    await cache.close()
    expect(timers.open.size).toBe(0)
    cache.set(3, 3, { ttl: 5_000 })
    clock.pass(1_000)
    expect(expired).toEqual([])
    expect([cache.size, cache.stats.size]).toEqual([2, 2])
    expect(expired).toEqual([1])
  })

  test("has not to come first for what has expired to weigh nothing", () => {
    let now = 0
    const cache = new CacheStorage<number, number>({ maxWeight: 10, clock: () => now })
    cache.set(1, 1, { ttl: 5, weight: 3 }).set(2, 2, { ttl: 6, weight: 4 })
    now = 5
    expect(cache.weight).toBe(4)
    now = 6
    expect(cache.stats.weight).toBe(0)
  })

  test("rests where a listener empties the cache in the middle of a pass", () => {
    const { cache, clock, timers, expired } = make(10, () => cache.clear())
    cache.set(1, 1, { ttl: 10 }).set(2, 2, { ttl: 100 })
    clock.pass(15)
    expect(expired).toEqual([1])
    expect([cache.has(2), timers.open.size]).toEqual([false, 0])
  })
})
