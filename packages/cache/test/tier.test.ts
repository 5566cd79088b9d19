import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test, vi } from "vitest"
import { type BusMessage, CacheStorage, type TierStore } from "../src/index.ts"
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

  test("takes any string as a tag, half a surrogate pair included", async () => {
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ tier: store })
    for (const tag of ["", "*", "../a", "\ud800"]) {
      cache.set("a", 1, { tags: [tag] })
      await cache.flush()
      expect(await new CacheStorage<string, number>({ tier: store }).fetch("a")).toBe(1)
      cache.deleteTag(tag)
      cache.set("b", 2)
      await cache.flush()
      expect(await new CacheStorage<string, number>({ tier: store }).fetch("a")).toBeUndefined()
    }
  })

  test("what a tag expires is fresh for nobody in the very same millisecond, and stale where it has no deadline", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const make = () =>
      new CacheStorage<string, number>({ clock, defaultTtl: Infinity, tier: store })
    const cache = make()
    cache.set("a", 1, { tags: ["red"] }).set("b", 2, { tags: ["red"], staleTtl: 50 })
    cache.expireTag("red")
    await cache.flush()
    for (const each of [cache, make()]) {
      expect([await each.fetch("a"), await each.fetch("b")]).toEqual([undefined, undefined])
    }
    clock.pass(40)
    expect(await make().getOrSet("b", never, { staleIfError: 50 })).toBe(2)
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

  test("a tag that is expired leaves the value to be served stale", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ clock, tier: store })
    cache.set("a", 1, { tags: ["red"], ttl: 1_000, staleTtl: 1_000 })
    cache.expireTag("red")
    await cache.flush()
    clock.pass(10)
    const other = new CacheStorage<string, number>({ clock, tier: store })
    const fail = () => Promise.reject(new Error("down"))
    expect(await other.getOrSet("a", fail, { staleIfError: 500 })).toBe(1)
    expect(other.has("a")).toBe(false)
  })

  test("a tier that fails costs its help, never a call; writes are tried again", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const errors: unknown[] = []
    const cache = new CacheStorage<string, number>({
      clock,
      tier: store,
      onError: (error) => errors.push(error),
    })
    store.failing = true
    cache.set("a", 1)
    expect(await cache.getOrSet("b", () => 2)).toBe(2)
    await expect(cache.flush()).rejects.toThrow("tier down")
    expect(cache.get("a")).toBe(1)
    expect(errors.length).toBeGreaterThan(0)
    expect(cache.stats.tierErrors).toBe(errors.length)
    store.failing = false
    await cache.flush()
    expect([...store.texts.keys()].sort()).toEqual(["a", "b"])
  })

  test("a value that cannot be saved is given up, and so is the older one in the tier", async () => {
    const store = new JsonStore()
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const cache = new CacheStorage<string, unknown>({ tier: store, onError })
    cache.set("a", 1)
    await cache.flush()
    vi.spyOn(store, "save").mockRejectedValueOnce(
      Object.assign(new Error("no"), { code: "ERR_PERSIST_ENCODE" }),
    )
    cache.set("a", 1n)
    await expect(cache.flush()).rejects.toThrow("no")
    await cache.flush()
    expect(errors.length).toBe(1)
    expect(await new CacheStorage<string, unknown>({ tier: store }).fetch("a")).toBeUndefined()
    expect(cache.get("a")).toBe(1n)
  })

  test("a tier that hangs is not waited for longer than its timeout", async () => {
    const clock = new ManualClock()
    const store = { load: () => new Promise(() => {}), save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, number>({ clock, tier: { store, timeout: 50 } })
    const waiting = cache.getOrSet("a", () => 1)
    clock.pass(50)
    expect(await waiting).toBe(1)
  })

  test("a write that never ends does not hold flush and close for ever, and nothing overtakes it", async () => {
    const clock = new ManualClock()
    const first = deferred<void>()
    const saved: unknown[] = []
    const store: TierStore = {
      load: () => undefined,
      save: (_key, value) => (saved.push(value) === 1 ? first.promise : undefined),
      delete: () => {},
    }
    const cache = new CacheStorage<string, number>({ clock, tier: { store, writeTimeout: 50 } })
    cache.set("a", 1)
    cache.set("a", 2)
    const late = expect.objectContaining({ code: "ERR_PERSIST_TIMEOUT" })
    for (const end of [() => cache.flush(), () => cache.close()]) {
      const ended = expect(end()).rejects.toEqual(late)
      await settle()
      clock.pass(50)
      await ended
    }
    expect(saved.length).toBe(1)
    first.resolve()
    await cache.flush()
    expect(saved).toEqual([
      expect.objectContaining({ value: 1 }),
      expect.objectContaining({ value: 2 }),
    ])
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
})

describe("CacheStorage with a bus", () => {
  async function pair() {
    const bus = new Bus()
    const store = new JsonStore()
    const make = () => new CacheStorage<string, number>({ tier: store, bus })
    const [a, b] = [make(), make()]
    await settle()
    return { bus, store, a, b }
  }

  test("drops in memory what another cache changed, and finds the new value in the tier", async () => {
    const { a, b } = await pair()
    a.set("x", 1)
    await a.flush()
    expect(await b.fetch("x")).toBe(1)
    a.set("x", 2)
    await a.flush()
    await settle()
    expect(b.has("x")).toBe(false)
    expect(a.has("x")).toBe(true)
    expect(await b.fetch("x")).toBe(2)
    a.deleteTag("none")
    a.clear()
    await a.flush()
    await settle()
    expect(b.has("x")).toBe(false)
  })

  test("forgets everything after a reconnect, and hears nothing after close", async () => {
    const { bus, a, b } = await pair()
    a.set("x", 1)
    await a.flush()
    await b.fetch("x")
    for (const [, onReconnect] of bus.listeners) onReconnect()
    expect([a.size, b.size]).toEqual([0, 0])
    expect(await b.fetch("x")).toBe(1)
    await b.close()
    expect(bus.listeners.length).toBe(1)
  })

  test("finds in the tier what it is looking for there when others tell of changes, or it may have missed some", async () => {
    const { store, a } = await pair()
    a.set("x", 1)
      .set("y", 2)
      .set("z", 3, { tags: ["red"] })
    await a.flush()
    const late = Promise.withResolvers<void>()
    const slow = {
      load: async (key: string) => {
        const text = await store.load(key)
        await late.promise
        return text
      },
      save: store.save.bind(store),
      delete: store.delete.bind(store),
    }
    const deaf = new Bus()
    const b = new CacheStorage<string, number>({ tier: slow, bus: deaf })
    const found = [b.fetch("x"), b.getOrSet("y", () => -1), b.getOrSet("z", () => -1)]
    await settle()
    a.set("x", 10)
    a.set("y", 20)
    a.deleteTag("red")
    await a.flush()
    const [[tell, onReconnect]] = deaf.listeners as [Bus["listeners"][number]]
    tell({ source: "a", kind: "key", name: "x" })
    tell({ source: "a", kind: "deleteTag", name: "red" })
    onReconnect()
    late.resolve()
    expect(await Promise.all(found)).toEqual([10, 20, -1])
    expect([b.get("x"), b.get("y"), b.get("z")]).toEqual([10, 20, -1])
  })

  test("passes over what is no message of a cache", () => {
    let tell: (message: unknown) => void = () => {}
    const bus = {
      publish() {},
      subscribe(onMessage: (message: BusMessage) => void) {
        tell = onMessage as typeof tell
      },
    }
    const cache = new CacheStorage<string, number>({ bus })
    cache.set("a", 1)
    for (const message of [null, undefined, 5, "text", [], {}, { source: "x", kind: "other" }]) {
      tell(message)
    }
    tell({ source: "x", kind: "deleteTag", name: 5 })
    expect(cache.get("a")).toBe(1)
  })

  test("does not wait for a bus that has not answered yet, and leaves it when it does", async () => {
    const { promise, resolve } = deferred<() => void>()
    const stop = vi.fn()
    const cache = new CacheStorage<string, number>({
      bus: { publish: () => {}, subscribe: () => promise },
    })
    await cache.close()
    expect(stop).not.toHaveBeenCalled()
    resolve(stop)
    await settle()
    expect(stop).toHaveBeenCalledOnce()
  })

  test("waits until it has left a bus that it was on", async () => {
    const { promise, resolve } = deferred<void>()
    const cache = new CacheStorage<string, number>({
      bus: { publish: () => {}, subscribe: () => () => promise },
    })
    let isClosed = false
    const closing = cache.close().then(() => {
      isClosed = true
    })
    await settle()
    expect(isClosed).toBe(false)
    resolve()
    await closing
  })

  test("a failing bus fails no call", async () => {
    const errors: unknown[] = []
    const bus = {
      publish: () => Promise.reject(new Error("bus down")),
      subscribe: () => {
        throw new Error("bus down")
      },
    }
    const cache = new CacheStorage<string, number>({ bus, onError: (error) => errors.push(error) })
    cache.set("a", 1)
    await settle()
    expect(cache.get("a")).toBe(1)
    expect(errors.length).toBe(2)
  })
})

test("of two caches that invalidate a tag at the same moment, the later mark stays", async () => {
  const { promise: isLateDone, resolve: lateDone } = Promise.withResolvers<void>()
  let updates = 0
  class SharedStore extends JsonStore {
    /** One step for all who share the store, but the first to come is the last to be done. */
    async update(key: string, change: (current: unknown) => unknown): Promise<void> {
      const isFirst = updates++ === 0
      if (isFirst) await isLateDone
      const text = this.texts.get(key)
      this.texts.set(key, JSON.stringify(change(text === undefined ? undefined : JSON.parse(text))))
      if (!isFirst) lateDone()
    }
  }
  const store = new SharedStore()
  const clock = new ManualClock()
  const early = new CacheStorage<string, number>({ clock, tier: store })
  const late = new CacheStorage<string, number>({ clock, tier: store })
  early.deleteTag("red")
  clock.pass(10)
  late.deleteTag("red")
  await Promise.all([early.flush(), late.flush()])
  expect(updates).toBe(2)
  const [mark] = [...store.texts.values()].map((text) => JSON.parse(text))
  expect(mark.deletedAt).toBeGreaterThanOrEqual(clock.wallTime())
})

test("a store may answer null for what it does not have", async () => {
  const store: TierStore = { load: () => null, save: () => {}, delete: () => {} }
  const cache = new CacheStorage<string, number>({ tier: store })
  expect(await cache.fetch("a")).toBe(undefined)
  expect(await cache.getOrSet("a", () => 1)).toBe(1)
  expect(cache.stats).toMatchObject({ tierHits: 0, tierMisses: 2 })
})

test("a value of the tier that memory cannot take counts as none", async () => {
  const store = new JsonStore()
  const tagged = { format: "persist-cache-1", value: 2, tags: 7, savedAt: 1e15 }
  for (const [key, value] of [["a", 1] as const, ["b", tagged] as const]) store.save(key, value)
  const errors: unknown[] = []
  const cache = new CacheStorage<string, number>({
    tier: store,
    weigh: (value) => {
      if (value === 1) throw new Error("cannot be weighed")
      return 1
    },
    onError: (error) => errors.push(error),
  })
  const loaded = await cache.getOrSetMany(["a", "b"], (keys) => keys.map((key) => [key, 3]))
  expect(Object.fromEntries(loaded)).toEqual({ a: 3, b: 3 })
  expect(errors).toHaveLength(2)
  expect(cache.stats.tierErrors).toBe(2)
})

test("errors of writes are not retained until somebody flushes", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const errors: WeakRef<Error>[] = []
  const refuse = () => {
    const error = Object.assign(new Error("no such value"), { code: "ERR_PERSIST_ENCODE" })
    errors.push(new WeakRef(error))
    throw error
  }
  const store = { load: () => undefined, save: refuse, delete: () => false }
  const cache = new CacheStorage<string, number>({ tier: store })
  for (let key = 0; key < 200; key++) {
    cache.set(`key ${key}`, key)
    await settle()
  }
  await settle()
  collect()
  expect(errors).toHaveLength(200)
  expect(errors.filter((error) => error.deref() !== undefined).length).toBeLessThan(10)
})
