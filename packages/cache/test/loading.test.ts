import { describe, expect, test, vi } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

describe("CacheStorage.getOrSet", () => {
  test("1,000 concurrent calls of a cold key call the loader once", async () => {
    const cache = new CacheStorage<string, number>()
    const { promise, resolve } = deferred<number>()
    const load = vi.fn(() => promise)
    const calls = Array.from({ length: 1_000 }, () => cache.getOrSet("a", load))
    resolve(7)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([7]))
    expect(load).toHaveBeenCalledTimes(1)
    expect(cache.stats).toMatchObject({ misses: 1_000, hits: 0, loads: 1, sets: 1 })
  })

  test("a hit is the value itself, not a promise", async () => {
    const cache = new CacheStorage<string, number>()
    cache.set("a", 1)
    expect(cache.getOrSet("a", () => 2)).toBe(1)
  })

  test("a failing loader fails every caller, stores nothing, and the next call loads anew", async () => {
    const cache = new CacheStorage<string, number>()
    const { promise, reject } = deferred<number>()
    const calls = Array.from({ length: 1_000 }, () => cache.getOrSet("a", () => promise))
    const failure = new Error("down")
    reject(failure)
    const results = await Promise.allSettled(calls)
    expect(
      results.every((result) => result.status === "rejected" && result.reason === failure),
    ).toBe(true)
    expect(cache.size).toBe(0)
    expect(await cache.getOrSet("a", () => 3)).toBe(3)
    expect(cache.stats).toMatchObject({ loads: 2, loadFailures: 1 })
  })

  test("says for what it was waited, whatever the key is", async () => {
    const symbol = Symbol("one")
    const keys = new Map<unknown, string>([
      [Object.create(null), "an object"],
      [symbol, "Symbol(one)"],
      [7, "7"],
    ])
    const clock = new ManualClock()
    const cache = new CacheStorage<unknown, number>({ clock })
    for (const [key, name] of keys) {
      const found = cache.getOrSet(key, () => new Promise(() => {}), { hardTimeout: 5 })
      clock.pass(5)
      await expect(found).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
        message: expect.stringContaining(`${name} was not loaded`),
      })
    }
  })

  test("a loader that throws at once rejects", async () => {
    const cache = new CacheStorage<string, number>()
    const load = () => {
      throw new Error("at once")
    }
    await expect(cache.getOrSet("a", load)).rejects.toThrow("at once")
  })

  test("a hanging loader is given up after hardTimeout; its late value is not stored", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const { promise, resolve } = deferred<number>()
    let signal: AbortSignal | undefined
    const calls = Array.from({ length: 3 }, () =>
      cache.getOrSet(
        "a",
        (_key, context) => {
          signal = context.signal
          return promise
        },
        { hardTimeout: "1s" },
      ),
    )
    const outcomes = Promise.allSettled(calls)
    clock.pass(999)
    expect(signal?.aborted).toBe(false)
    clock.pass(1)
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_PERSIST_TIMEOUT" } })
    }
    expect(signal?.aborted).toBe(true)
    expect(await cache.getOrSet("a", () => 2)).toBe(2)
    resolve(1)
    await settle()
    expect(cache.get("a")).toBe(2)
  })

  test("a set during a load wins, and everybody who waits gets its value", async () => {
    const cache = new CacheStorage<string, string>()
    const { promise, resolve } = deferred<string>()
    const waiting = cache.getOrSet("a", () => promise)
    cache.set("a", "newer")
    expect(await waiting).toBe("newer")
    resolve("older")
    await settle()
    expect(cache.get("a")).toBe("newer")
  })

  for (const [name, overtake] of [
    ["delete", (cache: CacheStorage<string, string>) => cache.delete("a")],
    ["clear", (cache: CacheStorage<string, string>) => cache.clear()],
    ["expire", (cache: CacheStorage<string, string>) => cache.expire("a")],
    ["deleteTag", (cache: CacheStorage<string, string>) => cache.deleteTag("red")],
    ["expireTag", (cache: CacheStorage<string, string>) => cache.expireTag("red")],
  ] as const) {
    test(`a ${name} during a load keeps its result out, and later callers load anew`, async () => {
      const cache = new CacheStorage<string, string>()
      const first = deferred<string>()
      const early = cache.getOrSet("a", () => first.promise, { tags: ["red"] })
      overtake(cache)
      const late = cache.getOrSet("a", () => "newer", { tags: ["red"] })
      expect(await late).toBe("newer")
      first.resolve("older")
      expect(["older", "newer"]).toContain(await early)
      await settle()
      expect(cache.get("a")).toBe("newer")
    })
  }

  test("an invalidation of a tag that only the loader knows keeps its result out", async () => {
    const cache = new CacheStorage<string, string>()
    const { promise, resolve } = deferred<string>()
    const waiting = cache.getOrSet("a", (_key, context) => {
      context.tags = ["red"]
      return promise
    })
    cache.deleteTag("red")
    resolve("older")
    expect(await waiting).toBe("older")
    expect(cache.has("a")).toBe(false)
  })

  test("a caller's signal ends its own wait; the load is aborted when nobody is left", async () => {
    const cache = new CacheStorage<string, number>()
    const { promise, resolve } = deferred<number>()
    const controllers = [new AbortController(), new AbortController()]
    let signal: AbortSignal | undefined
    const load = (_key: string, context: { signal: AbortSignal }) => {
      signal = context.signal
      return promise
    }
    const [first, second] = controllers.map((controller) =>
      Promise.resolve(cache.getOrSet("a", load, { signal: controller.signal })),
    )
    controllers[0]!.abort("why")
    await expect(first).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "why" })
    expect(signal?.aborted).toBe(false)
    controllers[1]!.abort()
    await expect(second).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(signal?.aborted).toBe(true)
    resolve(1)
    await settle()
    expect(cache.has("a")).toBe(false)
    const aborted = cache.getOrSet("b", load, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
  })

  test("serves stale at once and renews in the background", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 10, staleWhileRevalidate: 20 }
    await cache.getOrSet("a", () => 1, options)
    clock.pass(10)
    expect(cache.get("a")).toBeUndefined()
    expect(cache.has("a")).toBe(false)
    const load = vi.fn(
      (_key: string, context: { stale: number | undefined }) => (context.stale ?? 0) + 1,
    )
    expect(cache.getOrSet("a", load, options)).toBe(1)
    await settle()
    expect(cache.getOrSet("a", load, options)).toBe(2)
    expect(load).toHaveBeenCalledTimes(1)
    clock.pass(30)
    expect(cache.size).toBe(0)
    expect(await cache.getOrSet("a", load, options)).toBe(1)
    expect(cache.stats.staleHits).toBe(1)
  })

  test("serves stale when the load fails, within staleIfError and no longer", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 10, staleIfError: 20 }
    const fail = () => Promise.reject(new Error("down"))
    await cache.getOrSet("a", () => 1, options)
    clock.pass(29)
    expect(await cache.getOrSet("a", fail, options)).toBe(1)
    clock.pass(1)
    await expect(cache.getOrSet("a", fail, options)).rejects.toThrow("down")
    expect(cache.stats.staleHits).toBe(1)
  })

  test("stops waiting after softTimeout when there is something stale; the load goes on", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 10, staleIfError: 1_000, softTimeout: 50 }
    await cache.getOrSet("a", () => 1, options)
    clock.pass(20)
    const { promise, resolve } = deferred<number>()
    const waiting = cache.getOrSet("a", () => promise, options)
    clock.pass(50)
    expect(await waiting).toBe(1)
    resolve(2)
    await settle()
    expect(cache.get("a")).toBe(2)
  })

  test("refreshes early, the likelier the nearer the deadline and the longer the load", async () => {
    const clock = new ManualClock()
    let random = 0
    const cache = new CacheStorage<string, number>({ clock, random: () => random })
    let value = 0
    const slow = () => {
      clock.time += 10
      return ++value
    }
    const options = { ttl: 100, earlyRefresh: 1 }
    await cache.getOrSet("a", slow, options)
    random = 0.5
    clock.pass(90)
    expect(cache.getOrSet("a", slow, options)).toBe(1)
    await settle()
    expect(value).toBe(1)
    // -ln(1 - 0.99) is 4.6: 46 ms of a 10 ms load.
    random = 0.99
    expect(cache.getOrSet("a", slow, options)).toBe(1)
    await settle()
    expect(value).toBe(2)
  })

  test("an early refresh that failed is not tried again while that is remembered", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({
      clock,
      random: () => 0.999,
      onError: () => {},
    })
    const options = { ttl: 1_000, earlyRefresh: 1, errorTtl: 100 }
    const slow = () => {
      clock.time += 100
      return 1
    }
    await cache.getOrSet("a", slow, options)
    clock.pass(700)
    const down = () => Promise.reject(new Error("down"))
    const load = vi.fn(down)
    const loadMany = vi.fn(down)
    const read = async () => {
      expect(cache.getOrSet("a", load, options)).toBe(1)
      expect(await cache.getOrSetMany(["a"], loadMany, options)).toEqual(new Map([["a", 1]]))
      await settle()
    }
    for (let time = 0; time < 3; time++) await read()
    expect([load.mock.calls.length, loadMany.mock.calls.length]).toEqual([1, 0])
    clock.pass(100)
    await cache.getOrSetMany(["a"], loadMany, options)
    await settle()
    await read()
    expect([load.mock.calls.length, loadMany.mock.calls.length]).toEqual([1, 1])
  })

  test("keeps a missing value for negativeTtl and a failure for errorTtl", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, string | undefined>({ clock })
    const missing = vi.fn(() => undefined)
    const options = { negativeTtl: 5, errorTtl: 10 }
    await cache.getOrSet("a", missing, options)
    clock.pass(4)
    expect(cache.getOrSet("a", missing, options)).toBeUndefined()
    clock.pass(1)
    await cache.getOrSet("a", missing, options)
    expect(missing).toHaveBeenCalledTimes(2)

    const fail = vi.fn(() => Promise.reject(new Error("down")))
    await expect(cache.getOrSet("b", fail, options)).rejects.toThrow("down")
    clock.pass(9)
    await expect(cache.getOrSet("b", fail, options)).rejects.toThrow("down")
    expect(fail).toHaveBeenCalledTimes(1)
    clock.pass(1)
    await expect(cache.getOrSet("b", fail, options)).rejects.toThrow("down")
    expect(fail).toHaveBeenCalledTimes(2)
    cache.set("b", "known")
    expect(cache.getOrSet("b", fail, options)).toBe("known")
  })

  test("a loader may choose lifetime, tags, weight, or not to store", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, maxWeight: 100 })
    await cache.getOrSet("a", (_key, context) => {
      context.ttl = 5
      context.tags = ["red"]
      context.weight = 40
      return 1
    })
    expect(cache.weight).toBe(40)
    clock.pass(5)
    expect(cache.has("a")).toBe(false)
    await cache.getOrSet("b", (_key, context) => {
      context.store = false
      return 1
    })
    expect(cache.size).toBe(0)
  })

  test("a value that cannot be stored is one load that failed", async () => {
    const cache = new CacheStorage<string, number>()
    const load = (_key: string, context: { ttl?: number }) => {
      context.ttl = -1
      return 1
    }
    await expect(cache.getOrSet("a", load as never)).rejects.toThrow(/ttl is -1/)
    expect(cache.stats).toMatchObject({ loads: 1, loadFailures: 1, sets: 0 })
  })

  test("refuses unknown options and loaders that are none", () => {
    const cache = new CacheStorage<string, number>()
    const code = expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" })
    for (const options of [
      { tttl: 1 },
      { ttl: -1 },
      { softTimeout: "x" },
      { earlyRefresh: -1 },
      { tags: "red" },
      { signal: 1 },
    ]) {
      expect(
        () => cache.getOrSet("a", () => 1, options as object),
        JSON.stringify(options),
      ).toThrow(code)
    }
    expect(() => cache.getOrSet("a", undefined as never)).toThrow(code)
    cache.set("hit", 1)
    expect(() => cache.getOrSet("hit", () => 2, { tttl: 1 } as object)).toThrow(code)
  })
})

describe("CacheStorage.memoize", () => {
  test("refuses a signal, which would end the wait of every caller to come", () => {
    const options = { signal: AbortSignal.abort() } as object
    expect(() => new CacheStorage<string, number>().memoize(Number, options)).toThrow(/signal/)
  })

  test("keeps results under the only argument, or the key that is made of all", async () => {
    const cache = new CacheStorage<string, number>()
    const work = vi.fn(async (text: string) => text.length)
    const length = cache.memoize(work)
    expect([await length("four"), await length("four")]).toEqual([4, 4])
    expect(work).toHaveBeenCalledTimes(1)
    const sum = cache.memoize((a: number, b: number) => a + b, {
      key: (a, b) => `${a}+${b}`,
      ttl: "1m",
    })
    expect([await sum(1, 2), sum(1, 2)]).toEqual([3, 3])
    expect(() => cache.memoize(work, { tttl: 1 } as object)).toThrow(/tttl/)
    const counter = {
      step: 3,
      add: cache.memoize(
        function (this: { step: number }, to: number) {
          return this.step + to
        } as (to: number) => number,
        { key: (to) => `add ${to}` },
      ),
    }
    expect(await counter.add(1)).toBe(4)
    const unkeyed = cache.memoize((a: number, b: number) => a + b)
    expect(() => unkeyed(1, 2)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  })
})
