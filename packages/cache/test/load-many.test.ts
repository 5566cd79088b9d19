import { describe, expect, test, vi } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

describe("CacheStorage.getOrSetMany", () => {
  test("loads what is missing in one call and joins what is under way", async () => {
    const cache = new CacheStorage<string, string>()
    cache.set("held", "h")
    const { promise, resolve } = deferred<string>()
    const single = cache.getOrSet("under way", () => promise)
    const load = vi.fn(async (keys: readonly string[]) =>
      keys.filter((key) => key !== "none").map((key) => [key, `${key}!`] as const),
    )
    const many = cache.getOrSetMany(["held", "under way", "new", "none", "new"], load)
    const joined = cache.getOrSet("new", () => "never called")
    const alone = cache.getOrSet("none", () => "alone")
    resolve("u")
    expect(Object.fromEntries(await many)).toEqual({ held: "h", "under way": "u", new: "new!" })
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([["new", "none"]])
    expect([await single, await joined, await alone]).toEqual(["u", "new!", "alone"])
  })

  test("force loads all of them", async () => {
    const cache = new CacheStorage<string, number>()
    cache.set("a", 1)
    const load = (keys: readonly string[]) => keys.map((key) => [key, 2] as const)
    expect(Object.fromEntries(await cache.getOrSetMany(["a", "b"], load, { force: true }))).toEqual(
      { a: 2, b: 2 },
    )
  })

  test("an aborted signal loads nothing", async () => {
    const load = vi.fn(() => [])
    const many = new CacheStorage<string, number>().getOrSetMany(["a"], load, {
      signal: AbortSignal.abort(),
    })
    await expect(many).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(load).not.toHaveBeenCalled()
  })

  test("a loader that brings no pairs at all fails the call", async () => {
    const forgotten = () => undefined as unknown as []
    const many = new CacheStorage<string, number>().getOrSetMany(["a"], forgotten)
    await expect(many).rejects.toThrow(/iterable/)
  })

  test("fences each key by itself", async () => {
    const cache = new CacheStorage<string, number>()
    const { promise, resolve } = deferred<void>()
    const many = cache.getOrSetMany(["a", "b"], async (keys) => {
      await promise
      return keys.map((key) => [key, 1] as const)
    })
    cache.delete("a")
    resolve()
    expect(Object.fromEntries(await many)).toEqual({ a: 1, b: 1 })
    expect([cache.has("a"), cache.get("b")]).toEqual([false, 1])
  })

  test("a value that cannot be stored fails for its key alone", async () => {
    const cache = new CacheStorage<string, number>({
      weigh: (value) => value,
      clock: new ManualClock(),
    })
    const { promise, resolve } = deferred<[string, number][]>()
    const many = cache.getOrSetMany(["a", "b", "c"], () => promise, { errorTtl: 1_000 })
    const joined = cache.getOrSet("c", () => -1)
    resolve([
      ["a", 1],
      ["b", 0.5],
      ["c", 3],
    ])
    await expect(many).rejects.toThrow(/weight is 0.5/)
    expect(await joined).toBe(3)
    expect(cache.stats).toMatchObject({ loads: 3, loadFailures: 1, sets: 2 })
    cache.clear()
    expect(await cache.getOrSet("a", () => 4)).toBe(4)
  })

  test("a failing bulk load fails the call", async () => {
    const cache = new CacheStorage<string, number>()
    const fail = () => Promise.reject(new Error("down"))
    await expect(cache.getOrSetMany(["a", "b"], fail)).rejects.toThrow("down")
    expect(cache.size).toBe(0)
  })

  test("serves stale at once and renews in the background, all in one call", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    for (const key of ["a", "b"]) cache.set(key, 1, { ttl: 10, staleTtl: 100 })
    clock.pass(10)
    const options = { staleWhileRevalidate: 50 }
    const gate = deferred<void>()
    const load = vi.fn(async (keys: readonly string[]) => {
      await gate.promise
      return keys.map((key) => [key, 2] as const)
    })
    expect(Object.fromEntries(await cache.getOrSetMany(["a", "b"], load, options))).toEqual({
      a: 1,
      b: 1,
    })
    const mixed = cache.getOrSetMany(["a", "new"], load, options)
    gate.resolve()
    expect(Object.fromEntries(await mixed)).toEqual({ a: 1, new: 2 })
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([["a", "b"], ["new"]])
    expect(cache.get("b")).toBe(2)
    expect(cache.stats.staleHits).toBe(3)
  })

  test("serves stale for what fails, not for what there is no longer", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    for (const key of ["a", "b"]) cache.set(key, 1, { ttl: 10, staleTtl: 100 })
    clock.pass(10)
    const options = { staleIfError: 50 }
    const failed = await cache.getOrSetMany(["a"], () => Promise.reject(new Error("down")), options)
    expect(Object.fromEntries(failed)).toEqual({ a: 1 })
    expect((await cache.getOrSetMany(["b"], () => [], options)).size).toBe(0)
  })

  test("remembers a failure for errorTtl", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const fail = vi.fn(() => Promise.reject(new Error("down")))
    const options = { errorTtl: 10 }
    await expect(cache.getOrSetMany(["a", "b"], fail, options)).rejects.toThrow("down")
    await expect(cache.getOrSetMany(["b", "c"], fail, options)).rejects.toThrow("down")
    expect(fail.mock.calls.flat(2).filter((key) => key === "b")).toHaveLength(1)
    clock.pass(10)
    await expect(cache.getOrSetMany(["b"], fail, options)).rejects.toThrow("down")
    expect(fail).toHaveBeenCalledTimes(3)
  })

  test("loads what others under way do not bring", async () => {
    const rows = new Map<string, unknown>()
    const store = {
      load: async (key: string) => rows.get(key),
      save: async (key: string, value: unknown) => void rows.set(key, value),
      delete: async (key: string) => rows.delete(key),
    }
    const cache = new CacheStorage<string, number>({ tier: store })
    const load = (keys: readonly string[]) => keys.map((key) => [key, 2] as const)
    const fetched = cache.fetch("a")
    const barren = cache.getOrSetMany(["b"], () => [])
    const many = cache.getOrSetMany(["a", "b", "c"], load)
    expect([await fetched, (await barren).size]).toEqual([undefined, 0])
    expect(Object.fromEntries(await many)).toEqual({ a: 2, b: 2, c: 2 })
  })

  test("refreshes early in one call, past the tier", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, random: () => 0.99 })
    let value = 0
    const slow = vi.fn((keys: readonly string[]) => {
      clock.time += 10
      value++
      return keys.map((key) => [key, value] as const)
    })
    const options = { ttl: 100, earlyRefresh: 1 }
    await cache.getOrSetMany(["a", "b"], slow, options)
    clock.pass(90)
    expect([...(await cache.getOrSetMany(["a", "b"], slow, options)).values()]).toEqual([1, 1])
    await settle()
    expect([cache.get("a"), cache.get("b")]).toEqual([2, 2])
    expect(slow).toHaveBeenCalledTimes(2)
  })

  test("calls no loader once nobody waits for what the tier is still asked for", async () => {
    const gate = deferred<undefined>()
    const store = { load: () => gate.promise, save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, number>({ tier: { store, timeout: Infinity } })
    const load = vi.fn(() => [])
    const controller = new AbortController()
    const many = cache.getOrSetMany(["a"], load, { signal: controller.signal })
    controller.abort()
    await expect(many).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    gate.resolve(undefined)
    await settle()
    expect(load).not.toHaveBeenCalled()
  })

  test("loads a single key that another bulk load under way does not bring", async () => {
    const cache = new CacheStorage<string, number>()
    const gate = deferred<[string, number][]>()
    const barren = cache.getOrSetMany(["a"], () => gate.promise)
    const many = cache.getOrSetMany(["a"], () => [["a", 1]])
    gate.resolve([])
    expect((await barren).size).toBe(0)
    expect([...(await many)]).toEqual([["a", 1]])
  })

  test("does not ask the tier for what it is forced to load", async () => {
    const load = vi.fn(async () => undefined)
    const store = { load, save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, number>({ tier: store })
    await cache.getOrSetMany(["a"], () => [["a", 1]], { force: true })
    expect(load).not.toHaveBeenCalled()
  })
})
