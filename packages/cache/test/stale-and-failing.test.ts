import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type LoadContext, type RemovalReason } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

const down = () => Promise.reject(new Error("down"))

describe("CacheStorage.getOrSet, where values are stale and loads fail", () => {
  test("serves stale while revalidating although the last attempt failed and is remembered", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 10, staleWhileRevalidate: 50, errorTtl: 20 }
    await cache.getOrSet("a", () => 1, options)
    clock.pass(10)
    const load = vi.fn(down)
    expect(cache.getOrSet("a", load, options)).toBe(1)
    await settle()
    expect(cache.getOrSet("a", load, options)).toBe(1)
    expect(load).toHaveBeenCalledTimes(1)
    expect(cache.stats.staleHits).toBe(2)
  })

  test("refreshes early before a deadline, not before the end of an idle time that each read puts off", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, random: () => 0.9 })
    const load = vi.fn(() => {
      clock.time += 10
      return 1
    })
    const options = { ttl: "1h", idleTtl: 5, earlyRefresh: 1 } as const
    await cache.getOrSet("a", load, options)
    expect(cache.getOrSet("a", load, options)).toBe(1)
    expect(load).toHaveBeenCalledTimes(1)
  })

  test("tells onError once of a load that is too slow, and nothing of one that a set has made needless", async () => {
    const clock = new ManualClock()
    const onError = vi.fn()
    const cache = new CacheStorage<string, number>({ clock, onError })
    const options = { ttl: 10, staleWhileRevalidate: 1_000, hardTimeout: 100 }
    const load = (_key: string, { signal }: LoadContext<number>) =>
      new Promise<number>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason))
      })
    await cache.getOrSet("a", () => 1, options)
    clock.pass(10)
    expect(cache.getOrSet("a", load, options)).toBe(1)
    cache.set("a", 2, { ttl: 10, staleTtl: 1_000 })
    await settle()
    expect(onError).not.toHaveBeenCalled()
    clock.pass(10)
    expect(cache.getOrSet("a", load, options)).toBe(2)
    clock.pass(100)
    await settle()
    expect(onError.mock.calls).toMatchObject([[{ code: "ERR_PERSIST_TIMEOUT" }]])
  })

  test("who comes after an invalidation of a tag that only the loader knows loads anew", async () => {
    const cache = new CacheStorage<string, string>()
    const { promise, resolve } = deferred<string>()
    const first = (_key: string, context: LoadContext<string>) => {
      context.tags = ["red"]
      return promise
    }
    const second = vi.fn(async () => "new")
    const early = cache.getOrSet("a", first)
    cache.set("b", "known", { tags: ["blue"] })
    cache.deleteTag("red")
    const late = [cache.getOrSet("a", second), cache.getOrSet("a", second, { hardTimeout: "1m" })]
    const many = cache.getOrSetMany(["a"], async () => [["a", "brought"]])
    resolve("old")
    expect(await early).toBe("old")
    expect(await Promise.all(late)).toEqual(["new", "new"])
    expect([...(await many)]).toEqual([["a", "new"]])
    expect(second).toHaveBeenCalledTimes(1)
    expect(cache.get("a")).toBe("new")
  })

  test("who comes after that loads anew also where something else keeps the result out of memory", async () => {
    for (const keepOut of ["delete", "expire", "clear"] as const) {
      const cache = new CacheStorage<string, string>()
      const { promise, resolve } = deferred<string>()
      const early = cache.getOrSet("a", (_key, context) => {
        context.tags = ["red"]
        return promise
      })
      cache.deleteTag("red")
      const late = cache.getOrSet("a", async () => "new")
      cache[keepOut]("a")
      resolve("old")
      expect(await Promise.all([early, late]), keepOut).toEqual(["old", "new"])
    }
  })

  test("a loader that invalidates the tag of what it loads is called once", async () => {
    const cache = new CacheStorage<string, number>()
    const load = vi.fn(async (_key: string, context: LoadContext<number>) => {
      if (load.mock.calls.length > 3) throw new Error("called again and again")
      cache.deleteTag("red")
      context.tags = ["red"]
      return 1
    })
    expect(await cache.getOrSet("a", load)).toBe(1)
    expect(load).toHaveBeenCalledTimes(1)
  })

  test("a loader that says null for its tags has none, whatever is invalidated meanwhile", async () => {
    const cache = new CacheStorage<string, number>()
    const { promise, resolve } = deferred<number>()
    const loading = cache.getOrSet("a", (_key, context) => {
      Object.assign(context, { tags: null })
      return promise
    })
    cache.deleteTag("red")
    resolve(1)
    expect(await loading).toBe(1)
  })

  test("what expires at once takes nobody's place", async () => {
    const events: [string, RemovalReason][] = []
    const onRemoval = (key: string, _value: unknown, reason: RemovalReason) => {
      events.push([key, reason])
    }
    const cache = new CacheStorage<string, number | undefined>({ maxSize: 2, onRemoval })
    cache.set("a", 1).set("b", 2)
    await cache.getOrSet("unknown", () => undefined, { negativeTtl: 0 })
    cache.set("over", 3, { ttl: 0 })
    expect(events.splice(0)).toEqual([
      ["unknown", "expired"],
      ["over", "expired"],
    ])
    expect([...cache.keys()]).toEqual(["b", "a"])
    cache.set("a", 4, { ttl: 0 })
    expect(events).toEqual([
      ["a", "replaced"],
      ["a", "expired"],
    ])
    expect([...cache.keys()]).toEqual(["b"])
    expect(cache.stats).toMatchObject({ sets: 5, expirations: 3, evictions: 0, size: 1 })
  })
})

describe("CacheStorage.fetch", () => {
  const rows = new Map<string, unknown>([["a", 5]])
  const tier = {
    load: async (key: string) => rows.get(key),
    save: async (key: string, value: unknown) => void rows.set(key, value),
    delete: async (key: string) => rows.delete(key),
  }

  test("a loader that others called fails them alone, while it runs and while its failure is remembered", async () => {
    const cache = new CacheStorage<string, unknown>({ tier })
    const options = { force: true, errorTtl: "1m" } as const
    const forced = cache.getOrSet("a", down, options)
    const fetched = [cache.fetch("a"), cache.fetch("a")]
    await expect(forced).rejects.toThrow("down")
    expect(await Promise.all(fetched)).toEqual([5, 5])
    expect(await cache.fetch("a")).toBe(5)
    const failing = cache.getOrSet("b", down, { errorTtl: "1m" })
    const found = cache.fetch("b")
    await expect(failing).rejects.toThrow("down")
    expect(await found).toBeUndefined()
    expect(await cache.fetch("b")).toBeUndefined()
  })

  test("finds nothing in a load that was begun before a tag was invalidated that only the loader knows", async () => {
    const cache = new CacheStorage<string, unknown>({ tier })
    const { promise, resolve } = deferred<number>()
    const loading = cache.getOrSet("c", (_key, context) => {
      context.tags = ["red"]
      return promise
    })
    await settle()
    cache.deleteTag("red")
    const late = cache.fetch("c")
    resolve(1)
    expect(await loading).toBe(1)
    expect(await late).toBeUndefined()
  })

  test("force loads also while a failure is remembered", async () => {
    const cache = new CacheStorage<string, number>({ clock: new ManualClock() })
    const options = { errorTtl: "1m" } as const
    await expect(cache.getOrSet("a", down, options)).rejects.toThrow("down")
    await expect(cache.getOrSet("a", () => 1, options)).rejects.toThrow("down")
    expect(await cache.getOrSet("a", () => 2, { ...options, force: true })).toBe(2)
    expect(await cache.getOrSet("a", () => 3, options)).toBe(2)

    const many = async (keys: readonly string[]) => keys.map((key) => [key, 4] as const)
    await expect(cache.getOrSet("b", down, options)).rejects.toThrow("down")
    const found = await cache.getOrSetMany(["b"], many, { ...options, force: true })
    expect(found).toEqual(new Map([["b", 4]]))
  })

  test("stops waiting after softTimeout for what set has kept stale, and tells onError of a load that fails then", async () => {
    const clock = new ManualClock()
    const onError = vi.fn()
    const cache = new CacheStorage<string, number>({ clock, onError })
    cache.set("a", 1, { ttl: 10, staleTtl: 100 })
    clock.pass(10)
    const { promise, reject } = deferred<number>()
    const waiting = cache.getOrSet("a", () => promise, { softTimeout: 20 })
    clock.pass(20)
    expect(await waiting).toBe(1)
    expect(onError).not.toHaveBeenCalled()
    reject(new Error("down"))
    await settle()
    expect(onError.mock.calls).toMatchObject([[{ message: "down" }]])
    expect(cache.stats.staleHits).toBe(1)
  })

  test("counts a value served stale after softTimeout once, though it would stand in for the failure too", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 10, staleIfError: 1_000, softTimeout: 20 }
    await cache.getOrSet("a", () => 1, options)
    clock.pass(10)
    const { promise, reject } = deferred<number>()
    const waiting = cache.getOrSet("a", () => promise, options)
    clock.pass(20)
    expect(await waiting).toBe(1)
    reject(new Error("down"))
    await settle()
    expect(cache.stats.staleHits).toBe(1)
  })

  test("remembers the failures of as many keys as there is room for entries, the newest ones", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, maxSize: 2 })
    const load = vi.fn(down)
    const fail = (key: string) =>
      expect(cache.getOrSet(key, load, { errorTtl: 50 })).rejects.toThrow("down")
    for (const key of ["a", "b", "c"]) await fail(key)
    for (const key of ["b", "c"]) await fail(key)
    expect(load).toHaveBeenCalledTimes(3)
    await fail("a")
    expect(load).toHaveBeenCalledTimes(4)
  })

  test("refreshes nothing early that was restored, as nothing says how long its load takes", async () => {
    const clock = new ManualClock()
    const make = () => new CacheStorage<string, number>({ clock, random: () => 0.9999 })
    const first = make()
    const options = { ttl: 100, earlyRefresh: 1 }
    await first.getOrSet("a", () => 1, options)
    const second = make()
    second.restore(first.dump())
    clock.pass(99)
    const load = vi.fn(() => 2)
    expect(second.getOrSet("a", load, options)).toBe(1)
    expect(load).not.toHaveBeenCalled()
  })

  test("refreshes early only for a caller who asks for it, and only what one who did has loaded", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, defaultTtl: 100, random: () => 0.9999 })
    const load = vi.fn(() => {
      clock.time += 20
      return 1
    })
    await cache.getOrSet("a", load)
    await cache.getOrSet("b", load, { earlyRefresh: 1 })
    clock.pass(70)
    expect(cache.getOrSet("a", load, { earlyRefresh: 5 })).toBe(1)
    expect(cache.getOrSet("b", load, { ttl: 100 })).toBe(1)
    expect(load).toHaveBeenCalledTimes(2)
    expect(cache.getOrSet("b", load, { earlyRefresh: 1 })).toBe(1)
    expect(load).toHaveBeenCalledTimes(3)
  })

  test("keeps nothing but a missing value for negativeTtl", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number | null>({ clock, defaultTtl: 100 })
    await cache.getOrSet("zero", () => 0, { negativeTtl: 10 })
    await cache.getOrSet("null", () => null, { negativeTtl: 10 })
    clock.pass(10)
    expect([...cache.keys()]).toEqual(["zero"])
  })
})
