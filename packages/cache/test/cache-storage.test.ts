import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { CacheStorage, PersistError, type RemovalReason } from "../src/index.ts"
import { JsonStore } from "./shared-places.ts"

describe("CacheStorage", () => {
  test("stores, finds, tells and removes values", () => {
    const cache = new CacheStorage<string, number>({ maxSize: 1000, defaultTtl: "5m" })
    cache.set("a", 1).set("b", 2)
    expect(cache.get("a")).toBe(1)
    expect(cache.get("missing")).toBeUndefined()
    expect(cache.get("missing", 7)).toBe(7)
    expect(cache.has("b")).toBe(true)
    expect(cache.peek("b")).toBe(2)
    expect(cache.size).toBe(2)
    expect(cache.delete("a")).toBe(true)
    expect(cache.delete("a")).toBe(false)
    cache.clear()
    expect(cache.size).toBe(0)
    expect(cache.stats).toMatchObject({ hits: 1, misses: 2, sets: 2, hitRatio: 1 / 3 })
  })

  test("keeps undefined as a value", () => {
    const cache = new CacheStorage<string, undefined>()
    cache.set("nothing", undefined)
    expect(cache.has("nothing")).toBe(true)
    expect(cache.get("nothing", "fallback")).toBeUndefined()
  })

  test("takes keys of any type, each its own", () => {
    const cache = new CacheStorage<unknown, string>()
    const object = {}
    const keys = [1, "1", object, {}, null, undefined, Number.NaN, 1n, Symbol.iterator, true]
    for (const [index, key] of keys.entries()) cache.set(key, `value ${index}`)
    expect(cache.size).toBe(keys.length)
    for (const [index, key] of keys.entries()) expect(cache.get(key)).toBe(`value ${index}`)
  })

  test("evicts exactly the least recently used entry", () => {
    const cache = new CacheStorage<string, number>({ maxSize: 3 })
    cache.set("a", 1).set("b", 2).set("c", 3)
    cache.get("a")
    cache.set("d", 4)
    expect([...cache.keys()]).toEqual(["d", "a", "c"])
    expect(cache.stats.evictions).toBe(1)
  })

  test("expires entries at their deadline on an injected clock, also one that begins at 0", () => {
    let now = 0
    const cache = new CacheStorage<string, number>({ clock: () => now, defaultTtl: 100 })
    cache.set("default", 1).set("short", 2, { ttl: 10 }).set("ever", 3, { ttl: Infinity })
    now = 9
    expect(cache.get("short")).toBe(2)
    now = 10
    expect(cache.get("short")).toBeUndefined()
    expect(cache.get("default")).toBe(1)
    now = 100
    expect(cache.has("default")).toBe(false)
    now = Number.MAX_SAFE_INTEGER
    expect(cache.get("ever")).toBe(3)
    expect(cache.stats).toMatchObject({ expirations: 2, size: 1 })
  })

  test("expires entries on the real clock, and removes them without being asked", async () => {
    const reasons: RemovalReason[] = []
    const cache = new CacheStorage<string, number>({
      defaultTtl: 20,
      onRemoval: (_key, _value, reason) => reasons.push(reason),
    })
    cache.set("a", 1)
    expect(cache.get("a")).toBe(1)
    for (let waited = 0; reasons.length === 0 && waited < 20_000; waited += 10) await sleep(10)
    expect(reasons).toEqual(["expired"])
    expect(cache.size).toBe(0)
  })

  test("expires entries that are not used", () => {
    let now = 0
    const cache = new CacheStorage<string, number>({
      clock: () => now,
      idleTtl: 10,
      defaultTtl: 25,
    })
    cache.set("used", 1).set("idle", 2)
    now = 9
    cache.get("used")
    now = 18
    expect(cache.get("idle")).toBeUndefined()
    expect(cache.get("used")).toBe(1)
    now = 25
    expect(cache.get("used")).toBeUndefined()
  })

  test("asks the expiry function for a lifetime", () => {
    let now = 0
    const cache = new CacheStorage<string, number>({
      clock: () => now,
      expiry: (value) => (value > 1 ? "1s" : 10),
    })
    cache.set("short", 1).set("long", 2)
    now = 10
    expect(cache.has("short")).toBe(false)
    expect(cache.has("long")).toBe(true)
  })

  test("keeps the total weight at or below the most", () => {
    const removed: string[] = []
    const cache = new CacheStorage<string, string>({
      maxWeight: 10,
      weigh: (value) => value.length,
      onRemoval: (key, _value, reason) => removed.push(`${key} ${reason}`),
    })
    cache.set("a", "xxxx").set("b", "xxxx")
    expect(cache.weight).toBe(8)
    cache.set("c", "xxx")
    expect([...cache.keys()]).toEqual(["c", "b"])
    cache.set("b", "x".repeat(11))
    expect([...cache.keys()]).toEqual(["c"])
    cache.set("c", "x", { weight: 10 })
    expect(cache.weight).toBe(10)
    expect(removed).toEqual(["a evicted", "b replaced", "b evicted", "c replaced"])
  })

  test("counts anew from resetStats on", async () => {
    const count = async (cache: CacheStorage<string, number>) => {
      cache.set("a", 1).set("b", 2).set("c", 3, { ttl: 0 })
      await cache.getOrSet("d", () => 4)
      cache.get("b")
      cache.get("none")
      await cache.flush()
      await cache.fetch("a")
      await cache.flush()
      return cache.stats
    }
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ clock: () => 1, maxSize: 2, tier: store })
    await count(cache)
    cache.resetStats()
    const zero = Object.fromEntries(Object.keys(cache.stats).map((name) => [name, 0]))
    expect(cache.stats).toEqual({ ...zero, size: 2 })
    cache.clear()
    await cache.flush()
    cache.resetStats()
    const fresh = new CacheStorage<string, number>({
      clock: () => 1,
      maxSize: 2,
      tier: new JsonStore(),
    })
    expect(await count(cache)).toEqual(await count(fresh))
  })

  test("refuses unknown and impossible options", () => {
    const make = (options: object) => () => new CacheStorage(options)
    for (const options of [
      { maxsize: 3 },
      null as never,
      3 as never,
      { random: 0.5 },
      { bus: {} },
      { tier: { load: 1 } },
      { maxSize: 0 },
      { maxSize: 1.5 },
      { maxSize: Number.NaN },
      { maxWeight: -1 },
      { defaultTtl: "5 minutes" },
      { defaultTtl: -1 },
      { defaultTtl: null },
      { idleTtl: null },
      { clock: 3 },
      { onRemoval: "x" },
      { onError: "x" },
      { expiry: 5 },
    ]) {
      expect(make(options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
      )
    }
    const cache = new CacheStorage<string, number>()
    for (const options of [{ tll: 1 }, { ttl: "soon" }, { ttl: null }, { weight: 1 }]) {
      try {
        cache.set("a", 1, options as object)
        expect.unreachable()
      } catch (error) {
        expect(PersistError.is(error, "ERR_PERSIST_INVALID_OPTION")).toBe(true)
      }
    }
    expect(cache.size).toBe(0)
    for (const invalidate of [cache.deleteTag, cache.expireTag] as ((tag: unknown) => void)[]) {
      expect(() => invalidate.call(cache, 5)).toThrow(/tags is/)
    }
  })
})
