import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type TierStore } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"
import { Bus, JsonStore } from "./shared-places.ts"

const never = () => {
  throw new Error("must not load")
}

describe("CacheStorage with a tier", () => {
  test("finds in the tier what memory lost, with the lifetime that it has left", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const first = new CacheStorage<string, unknown>({ clock, tier: store })
    first.set("a", { deep: [1] }, { ttl: 100 }).set("nothing", undefined, { ttl: Infinity })
    await first.flush()
    clock.pass(60)
    const second = new CacheStorage<string, unknown>({ clock, tier: store })
    expect(await second.getOrSet("a", never)).toEqual({ deep: [1] })
    expect(await second.fetch("nothing")).toBeUndefined()
    expect(second.has("nothing")).toBe(true)
    clock.pass(39)
    expect(second.has("a")).toBe(true)
    clock.pass(1)
    expect(second.has("a")).toBe(false)
    expect(await second.fetch("a")).toBeUndefined()
    expect(second.stats).toMatchObject({ tierHits: 2, loads: 0 })
  })

  test("writes what was loaded, and removes what is deleted, cleared or invalidated", async () => {
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ tier: store })
    const other = () => new CacheStorage<string, number>({ tier: store })
    await cache.getOrSet("a", () => 1, { tags: ["red"] })
    cache.set("b", 2).set("c", 3)
    await cache.flush()
    expect(await other().fetch("a")).toBe(1)
    cache.delete("b")
    await cache.flush()
    expect(await other().fetch("b")).toBeUndefined()
    cache.deleteTag("red")
    await cache.flush()
    expect(await other().fetch("a")).toBeUndefined()
    cache.set("a", 4, { tags: ["red"] })
    await cache.flush()
    expect(await other().fetch("a")).toBe(4)
    cache.clear()
    await cache.flush()
    expect(await other().fetch("c")).toBeUndefined()
    cache.set("c", 5)
    await cache.flush()
    expect(await other().fetch("c")).toBe(5)
  })

  test("expiring a key that memory has stale expires it in the tier, where its idle lifetime does not count", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ clock, idleTtl: 50, tier: store })
    cache.set("a", 1, { staleTtl: 500 })
    await cache.flush()
    clock.pass(100)
    expect([cache.has("a"), cache.expire("a")]).toEqual([false, false])
    await cache.flush()
    const other = new CacheStorage<string, number>({ clock, tier: store })
    expect(await other.fetch("a")).toBe(undefined)
    expect(await other.getOrSet("a", never, { staleIfError: 500 })).toBe(1)
  })

  test("write-behind gathers, the last value wins, and reads see what is not written yet", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({
      clock,
      maxSize: 1,
      tier: { store, write: "behind", writeDelay: 100 },
    })
    for (let value = 1; value <= 50; value++) cache.set("a", value)
    cache.set("b", 1)
    expect(store.saves).toBe(0)
    expect(await cache.fetch("a")).toBe(50)
    clock.pass(100)
    await settle()
    expect(store.saves).toBe(2)
    cache.set("a", 51)
    await cache.close()
    expect(JSON.parse(store.texts.get("a")!)).toMatchObject({ value: 51 })
  })

  test("write-behind writes by itself, also on a clock that is only a function", async () => {
    const store = new JsonStore()
    const tier = { store, write: "behind", writeDelay: 5 } as const
    const cache = new CacheStorage<string, number>({ clock: () => 0, tier })
    cache.set("a", 1)
    await vi.waitFor(() => expect(store.saves).toBe(1), { timeout: 20_000 })
  })

  test("a delete while the tier is being read wins", async () => {
    const { promise, resolve } = deferred<unknown>()
    const store = { load: vi.fn(() => promise), save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, unknown>({ tier: store })
    const waiting = cache.getOrSet("a", () => "loaded")
    cache.delete("a")
    resolve("foreign")
    expect(await waiting).toBe("loaded")
    expect(cache.has("a")).toBe(false)
  })

  test("a fetch finds what has come into the tier while it was being looked at", async () => {
    const bus = new Bus()
    const store = new JsonStore()
    const gate = deferred<void>()
    let first = true
    const slow: TierStore = {
      load: async (key) => {
        const found = await store.load(key)
        if (first && key === "a") await gate.promise
        return found
      },
      save: (key, value) => store.save(key, value),
      delete: (key) => store.delete(key),
    }
    const reader = new CacheStorage<string, number>({ tier: { store: slow, timeout: "1m" }, bus })
    const writer = new CacheStorage<string, number>({ tier: store, bus })
    await settle()
    const fetched = reader.fetch("a")
    await settle()
    writer.set("a", 1)
    await writer.flush()
    await settle()
    first = false
    gate.resolve()
    expect(await fetched).toBe(1)
  })

  test("takes a value that somebody else saved without a lifetime for as long as one that is set", async () => {
    const store = new JsonStore()
    await store.save("a", [1, 2])
    const clock = new ManualClock()
    const cache = new CacheStorage<string, unknown>({ tier: store, clock, defaultTtl: 100 })
    expect(await cache.fetch("a")).toEqual([1, 2])
    clock.pass(99)
    await store.save("a", [3])
    expect(await cache.fetch("a")).toEqual([1, 2])
    clock.pass(1)
    expect(await cache.fetch("a")).toEqual([3])
    const asked = new CacheStorage<string, unknown>({ tier: store, clock, expiry: () => 5 })
    await asked.fetch("a")
    clock.pass(5)
    expect(asked.has("a")).toBe(false)
  })

  test("forced loads and early refreshes do not take the old value from the tier", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({
      clock,
      tier: new JsonStore(),
      random: () => 0.999_999,
    })
    let value = 0
    const load = () => {
      clock.time += 5
      return ++value
    }
    await cache.getOrSet("a", load, { ttl: 100, earlyRefresh: 1 })
    await cache.flush()
    clock.pass(90)
    expect(cache.getOrSet("a", load, { ttl: 100, earlyRefresh: 1 })).toBe(1)
    await settle()
    expect(cache.get("a")).toBe(2)
    expect(await cache.getOrSet("a", load, { force: true })).toBe(3)
  })

  test("what the tier has stale is served at once while it is renewed", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const options = { ttl: 10, staleWhileRevalidate: 100 }
    const writer = new CacheStorage<string, number>({ tier: store, clock })
    for (const key of ["a", "b"]) await writer.getOrSet(key, () => 1, options)
    await writer.flush()
    clock.pass(50)
    const cache = new CacheStorage<string, number>({ tier: store, clock })
    const gate = deferred<void>()
    const load = async () => {
      await gate.promise
      return 2
    }
    const loadAll = async (keys: readonly string[]) => {
      await gate.promise
      return keys.map((key) => [key, 2] as const)
    }
    expect(await cache.getOrSet("a", load, options)).toBe(1)
    expect((await cache.getOrSetMany(["b"], loadAll, options)).get("b")).toBe(1)
    gate.resolve()
    await settle()
    expect([cache.get("a"), cache.get("b")]).toEqual([2, 2])
  })

  test("bulk loads ask the tier first", async () => {
    const store = new JsonStore()
    const writer = new CacheStorage<string, number>({ tier: store })
    writer.set("a", 1)
    await writer.flush()
    const cache = new CacheStorage<string, number>({ tier: store })
    const load = vi.fn((keys: readonly string[]) => keys.map((key) => [key, 2] as const))
    expect(Object.fromEntries(await cache.getOrSetMany(["a", "b"], load))).toEqual({ a: 1, b: 2 })
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([["b"]])
  })

  test("keys that are no strings need keyOf; names of the cache's own do not collide", async () => {
    const store = new JsonStore()
    const cache = new CacheStorage<string | number, number>({ tier: { store, prefix: "p/" } })
    cache.set(1, 1).set("#1", 2).set("1", 3)
    await cache.flush()
    expect([...store.texts.keys()].sort()).toEqual(["p/##1", "p/#1", "p/1"])
    const named = new CacheStorage<number, number>({ tier: { store, keyOf: (key) => `n${key}` } })
    named.set(1, 4)
    await named.flush()
    expect(store.texts.has("n1")).toBe(true)
    expect(() => new CacheStorage({ tier: {} as TierStore })).toThrow(/tier/)
  })

  test("a store may answer null for what it does not have", async () => {
    const store: TierStore = { load: () => null, save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, number>({ tier: store })
    expect(await cache.fetch("a")).toBe(undefined)
    expect(await cache.getOrSet("a", () => 1)).toBe(1)
    expect(cache.stats).toMatchObject({ tierHits: 0, tierMisses: 2 })
  })
})
