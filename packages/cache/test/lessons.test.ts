import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type CacheStorageOptions, type RemovalReason } from "../src/index.ts"
import { settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe("what other caches got wrong", () => {
  test("an entry set at time 0 expires, and a lifetime of 0 is none", () => {
    let now = 0
    const cache = new CacheStorage<string, number>({ clock: () => now, defaultTtl: 10 })
    cache.set("a", 1).set("b", 2, { ttl: 0 })
    expect(cache.has("b")).toBe(false)
    now = 10
    expect(cache.has("a")).toBe(false)
  })

  test("the clock is looked up when it is read, so a fake one works", () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout", "Date"] })
    try {
      const cache = new CacheStorage<string, number>({ defaultTtl: "10m" })
      for (let step = 0; step < 1_000; step++) cache.set("a", step).get("a")
      vi.advanceTimersByTime(599_999)
      expect(cache.get("a")).toBe(999)
      vi.advanceTimersByTime(1)
      expect(cache.get("a")).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  test("a blocked event loop does not keep entries alive, not even in the middle of a burst", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 20_000, defaultTtl: 50 })
    const long = new CacheStorage<number, number>({ maxSize: 20_000, defaultTtl: "1h" })
    for (let key = 0; key < 20_000; key++) {
      long.set(key, key).get(key)
      cache.set(key, key).get(key)
    }
    block(60)
    for (let key = 0; key < 20_000; key++) if (cache.get(key) !== undefined) expect.unreachable()
    expect(long.get(1)).toBe(1)
  })

  test("options are read, never written: frozen ones work", async () => {
    const cache = new CacheStorage<string, number>(Object.freeze({ maxSize: 2 }))
    const options = Object.freeze({ ttl: 1_000, tags: Object.freeze(["red"]) })
    cache.set("a", 1, options)
    expect(cache.get("a")).toBe(1)
    expect(await cache.getOrSet("b", () => 2, options)).toBe(2)
  })

  test("lifetimes beyond 24.8 days neither fire at once nor are lost", () => {
    const day = 86_400_000
    const clock = new ManualClock()
    const delays: number[] = []
    const cache = new CacheStorage<string, number>({
      clock: {
        now: () => clock.now(),
        schedule: (run, delay) => {
          delays.push(delay)
          return clock.schedule(run, delay)
        },
      },
    })
    cache.set("a", 1, { ttl: "90d" })
    clock.pass(89 * day)
    expect(cache.get("a")).toBe(1)
    expect(Math.max(...delays)).toBeLessThan(2 ** 31)
    clock.pass(day + 1_000)
    expect(cache.stats.expirations).toBe(1)
  })

  test("one timer serves all entries", () => {
    const clock = new ManualClock()
    const timers = new Set<() => void>()
    const schedule = (run: () => void, delay: number) => {
      const fire = () => {
        timers.delete(fire)
        run()
      }
      timers.add(fire)
      const cancel = clock.schedule(fire, delay)
      return () => {
        timers.delete(fire)
        cancel()
      }
    }
    const cache = new CacheStorage<number, number>({
      maxSize: 10_000,
      clock: { now: () => clock.now(), schedule },
    })
    for (let key = 0; key < 10_000; key++) cache.set(key, key, { ttl: 10_000 - key })
    expect(timers.size).toBe(1)
    clock.pass(10_200)
    expect(cache.stats.expirations).toBe(10_000)
    expect(timers.size).toBe(0)
  })

  test("a process with a full cache and a pending expiry exits by itself", async () => {
    const program = join(import.meta.dirname, "programs", "exit.ts")
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 })
    expect(stdout.trim()).toBe("full: 1000")
  })

  test("clear in a removal listener leaves a cache whose keys end", () => {
    const cache: CacheStorage<number, number> = new CacheStorage({
      maxSize: 3,
      onRemoval: (_key, _value, reason) => {
        if (reason === "evicted") cache.clear()
      },
    })
    for (let key = 0; key < 10; key++) cache.set(key, key)
    expect([...cache.keys()].length).toBe(cache.size)
    cache.set(1, 1)
    expect(cache.has(1)).toBe(true)
  })

  test("a listener that puts every evicted entry back neither overflows the stack nor stops the program", async () => {
    let removals = 0
    const cache: CacheStorage<number, number> = new CacheStorage({
      maxSize: 2,
      onRemoval: (key, value, reason) => {
        removals++
        if (reason === "evicted") cache.set(key, value)
      },
    })
    for (let key = 0; key < 100; key++) cache.set(key, key)
    await settle()
    expect(cache.size).toBe(2)
    expect(removals).toBeGreaterThan(90)
    cache.clear()
  })

  test("events come after the change, with the reason", () => {
    let now = 0
    const events: [string, RemovalReason, boolean][] = []
    const cache: CacheStorage<string, number> = new CacheStorage({
      maxSize: 2,
      clock: () => now,
      onRemoval: (key, value, reason) => events.push([key, reason, cache.peek(key) === value]),
    })
    cache.set("a", 1).set("a", 2).set("b", 3).set("c", 4)
    cache.delete("b")
    cache.set("d", 5, { ttl: 10 })
    now = 10
    cache.get("d")
    cache.clear()
    expect(events).toEqual([
      ["a", "replaced", false],
      ["a", "evicted", false],
      ["b", "deleted", false],
      ["d", "expired", false],
      ["c", "cleared", false],
    ])
  })

  for (const kind of ["the real clock", "an injected one", "one that is only a function"]) {
    test(`what a listener itself removes is told in a later turn, on ${kind}`, async () => {
      const manual = new ManualClock()
      const clocks: Record<string, CacheStorageOptions<string, number>["clock"]> = {
        "an injected one": manual,
        "one that is only a function": () => 1,
      }
      const told: string[] = []
      const cache = new CacheStorage<string, number>({
        clock: clocks[kind],
        onRemoval: (key) => {
          told.push(key)
          if (key < "c") cache.delete(key === "a" ? "b" : "c")
        },
      })
      cache.set("a", 1).set("b", 2).set("c", 3).delete("a")
      expect(told).toEqual(["a"])
      const all = () => {
        manual.pass(1)
        expect(told).toEqual(["a", "b", "c"])
      }
      await vi.waitFor(all, { timeout: 20_000 })
    })
  }

  test("a value that is stored once more under its key has not left, and one that leaves is told once", async () => {
    let now = 0
    const events: [string, RemovalReason][] = []
    const cache = new CacheStorage<string, object>({
      clock: () => now,
      maxWeight: 10,
      onRemoval: (key, _value, reason) => events.push([key, reason]),
    })
    const handle = {}
    cache
      .set("a", handle)
      .set("a", handle, { ttl: 10, tags: ["red"], weight: 5 })
      .set("a", handle)
    cache.setMany([["a", handle]])
    const options = { ttl: 10, staleIfError: 100 }
    await cache.getOrSet("a", () => handle, { ...options, force: true })
    now = 20
    // It is still as it was, says the loader.
    expect(await cache.getOrSet("a", (_key, { stale }) => stale!, options)).toBe(handle)
    expect(cache.get("a")).toBe(handle)
    expect(events).toEqual([])
    cache.set("a", handle, { weight: 11 }).set("b", handle).set("b", handle, { ttl: 0 })
    expect(events).toEqual([
      ["a", "evicted"],
      ["b", "expired"],
    ])
    cache.set("a", {}).set("a", {})
    expect(events.at(-1)).toEqual(["a", "replaced"])
  })

  test("undefined is told like any value where it leaves", () => {
    const events: [string, unknown, RemovalReason][] = []
    const cache = new CacheStorage<string, unknown>({
      clock: () => 0,
      maxSize: 1,
      onRemoval: (...event) => events.push(event),
    })
    cache.set("a", undefined).set("a", undefined).delete("a")
    cache.set("b", undefined).set("c", undefined).set("c", 1).clear()
    expect(events).toEqual([
      ["a", undefined, "deleted"],
      ["b", undefined, "evicted"],
      ["c", undefined, "replaced"],
      ["c", 1, "cleared"],
    ])
  })

  test("a listener that throws fails no call, and the others are told", () => {
    const errors: unknown[] = []
    const removed: string[] = []
    const cache = new CacheStorage<string, number>({
      maxSize: 1,
      onRemoval: (key) => {
        removed.push(key)
        throw new Error(key)
      },
      onError: (error) => errors.push((error as Error).message),
    })
    cache.set("a", 1).set("b", 2).set("c", 3)
    expect(cache.get("c")).toBe(3)
    expect(removed).toEqual(["a", "b"])
    expect(errors).toEqual(["a", "b"])
  })

  test("an iteration ends and visits nothing twice, whatever is done meanwhile", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 10 })
    for (let key = 0; key < 10; key++) cache.set(key, key)
    const seen: number[] = []
    for (const [key] of cache) {
      seen.push(key)
      cache.get(key)
      cache.get(0)
      cache.delete(key - 1)
      cache.set(key, key)
      cache.set(100 + key, 0)
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.every((key) => key < 10)).toBe(true)
  })

  test("loads under way take no room, and evictions abort nobody", async () => {
    const cache = new CacheStorage<string, number>({ maxSize: 2 })
    const load = () => new Promise<number>((resolve) => setImmediate(() => resolve(1)))
    const waiting = Array.from({ length: 50 }, (_, index) => cache.getOrSet(`load ${index}`, load))
    cache.set("a", 1).set("b", 2)
    expect([cache.get("a"), cache.get("b"), cache.size]).toEqual([1, 2, 2])
    expect(await Promise.all(waiting)).toEqual(Array(50).fill(1))
    expect(cache.size).toBe(2)
  })

  test("a size of 100 holds 100, never more", () => {
    for (const policy of ["lru", "s3fifo", "sieve", "tinylfu"] as const) {
      const cache = new CacheStorage<number, number>({ maxSize: 100, policy })
      for (let key = 0; key < 1_000; key++) cache.set(key, key)
      expect([cache.size, [...cache.keys()].length], policy).toEqual([100, 100])
    }
  })

  test('1 and "1" are two keys', () => {
    const cache = new CacheStorage<unknown, string>()
    cache.set(1, "number")
    expect(cache.get("1")).toBeUndefined()
  })

  test("more entries than a Map can take are refused when the cache is made", () => {
    expect(() => new CacheStorage({ maxSize: 2 ** 24 })).toThrow(/8388608/)
    expect(new CacheStorage({ maxSize: Infinity }).size).toBe(0)
  })
})
