import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type LoadContext } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

const down = () => Promise.reject(new Error("down"))
const hanging = () => new Promise<number>(() => {})

describe("who waits in CacheStorage.getOrSet", () => {
  test("gets what was set after a delete, whatever becomes of the load that was deleted under way", async () => {
    for (const end of [() => 1, down]) {
      const cache = new CacheStorage<string, number>()
      const begun = deferred<void>()
      const waiting = cache.getOrSet("a", () => begun.promise.then(end))
      cache.delete("a")
      cache.set("a", 2)
      begun.resolve()
      expect(await waiting).toBe(2)
    }
  })

  test("waits on after softTimeout where there is nothing stale", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const { promise, resolve } = deferred<number>()
    const waiting = cache.getOrSet("a", () => promise, { softTimeout: 10 })
    clock.pass(20)
    resolve(1)
    expect(await waiting).toBe(1)
  })

  test("waits for a hardTimeout beyond 24.8 days, on the real clock, neither less nor for ever", async () => {
    vi.useFakeTimers()
    try {
      const cache = new CacheStorage<string, number>()
      let ended: unknown
      const load = cache.getOrSet("a", hanging, { hardTimeout: "30d" }) as Promise<number>
      const waiting = load.catch((error) => {
        ended = error.code
      })
      await vi.advanceTimersByTimeAsync(30 * 86_400_000 - 1)
      expect(ended).toBe(undefined)
      await vi.advanceTimersByTimeAsync(1)
      await waiting
      expect(ended).toBe("ERR_PERSIST_TIMEOUT")
    } finally {
      vi.useRealTimers()
    }
  })

  test("with a signal that is aborted already calls no loader", async () => {
    const cache = new CacheStorage<string, number>()
    const load = vi.fn(() => 1)
    const signal = AbortSignal.abort()
    await expect(cache.getOrSet("a", load, { signal })).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
    })
    expect(load).not.toHaveBeenCalled()
  })

  test("and has come after another tag was invalidated gets the value of the load under way", async () => {
    for (const store of [true, false]) {
      const cache = new CacheStorage<string, number>()
      const { promise, resolve } = deferred<number>()
      const load = vi.fn((_key: string, context: LoadContext<number>) => {
        context.tags = ["red"]
        context.store = store
        return promise
      })
      const first = cache.getOrSet("a", load)
      cache.deleteTag("blue")
      const second = cache.getOrSet("a", load)
      resolve(1)
      expect(await Promise.all([first, second])).toEqual([1, 1])
      expect(load).toHaveBeenCalledTimes(1)
    }
  })

  test("leaves no timer behind when the load ends", async () => {
    vi.useFakeTimers()
    try {
      const cache = new CacheStorage<string, number>({ defaultTtl: Infinity })
      const options = { softTimeout: "1h", hardTimeout: "1h" } as const
      const { promise, resolve } = deferred<number>()
      const first = cache.getOrSet("a", () => promise)
      expect(vi.getTimerCount()).toBe(0)
      const waiting = [first, ...[1, 2].map(() => cache.getOrSet("a", () => promise, options))]
      expect(vi.getTimerCount()).toBeGreaterThan(0)
      resolve(1)
      expect(await Promise.all(waiting)).toEqual([1, 1, 1])
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test("leaves no timer behind when the tier has answered", async () => {
    vi.useFakeTimers()
    try {
      const store = { load: async () => undefined, save: () => {}, delete: () => {} }
      const cache = new CacheStorage<string, number>({ defaultTtl: Infinity, tier: store })
      const fetched = cache.fetch("a")
      expect(vi.getTimerCount()).toBeGreaterThan(0)
      expect(await fetched).toBe(undefined)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test("no longer, while the tier is still asked, has no loader called", async () => {
    const gate = deferred<undefined>()
    const store = { load: () => gate.promise, save: () => {}, delete: () => {} }
    const cache = new CacheStorage<string, number>({ tier: { store, timeout: Infinity } })
    const load = vi.fn(() => 1)
    const controller = new AbortController()
    const waiting = cache.getOrSet("a", load, { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    gate.resolve(undefined)
    await settle()
    expect(load).not.toHaveBeenCalled()
  })

  test("is given up by a hardTimeout of whoever began the load, which in the background ends too", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10, staleTtl: 1_000 })
    clock.pass(10)
    let signal: AbortSignal | undefined
    const load = (_key: string, context: LoadContext<number>) => {
      signal = context.signal
      return hanging()
    }
    expect(cache.getOrSet("a", load, { staleWhileRevalidate: 1_000, hardTimeout: 50 })).toBe(1)
    const joined = expect(cache.getOrSet("a", load)).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
    })
    clock.pass(50)
    await joined
    expect(signal?.aborted).toBe(true)
    expect(await cache.getOrSet("a", () => 2)).toBe(2)
  })

  test("is told of a failure by its own staleIfError, however long the value is kept", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10, staleTtl: 1_000 })
    clock.pass(19)
    expect(await cache.getOrSet("a", down, { staleIfError: 10 })).toBe(1)
    clock.pass(1)
    const options = { staleIfError: 10, errorTtl: 50 }
    await expect(cache.getOrSet("a", down, options)).rejects.toThrow("down")
    const load = vi.fn(down)
    await expect(cache.getOrSet("a", load, options)).rejects.toThrow("down")
    expect(await cache.getOrSet("a", load, { staleIfError: 11 })).toBe(1)
    expect(load).not.toHaveBeenCalled()
  })

  test("gets what is set meanwhile also where sets take their shortest way", async () => {
    const cache = new CacheStorage<string, number>({ defaultTtl: Infinity })
    for (let value = 0; value < 10; value++) cache.set("a", value)
    cache.delete("a")
    const waiting = cache.getOrSet("a", hanging)
    cache.set("a", 10)
    expect(await waiting).toBe(10)
  })

  test("last ends the load, by whatever it was waited for no longer", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const controller = new AbortController()
    let signal: AbortSignal | undefined
    const load = (_key: string, context: LoadContext<number>) => {
      signal = context.signal
      return hanging()
    }
    const first = cache.getOrSet("a", load, { signal: controller.signal })
    const second = cache.getOrSet("a", load, { hardTimeout: 10 })
    controller.abort()
    await expect(first).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(signal?.aborted).toBe(false)
    clock.pass(10)
    await expect(second).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    expect(signal?.aborted).toBe(true)
  })

  test("draws lots for early refreshes without being given random numbers", async () => {
    const clock = new ManualClock()
    const random = vi.spyOn(Math, "random").mockReturnValue(0.5)
    const cache = new CacheStorage<string, number>({ clock })
    const options = { ttl: 1_000, earlyRefresh: 1 }
    const load = vi.fn(() => {
      clock.time += 1
      return 1
    })
    await cache.getOrSet("a", load, options)
    expect(cache.getOrSet("a", load, options)).toBe(1)
    expect(random).toHaveBeenCalledTimes(1)
    random.mockRestore()
    expect(load).toHaveBeenCalledTimes(1)
  })

  test("calls the loader after clear, though its failure was to be remembered", async () => {
    const cache = new CacheStorage<string, number>()
    await expect(cache.getOrSet("a", down, { errorTtl: "1h" })).rejects.toThrow("down")
    cache.clear()
    expect(await cache.getOrSet("a", () => 1)).toBe(1)
  })

  test("has the time of loads counted, of failed ones too", async () => {
    const clock = new ManualClock()
    clock.time = 1_000
    const cache = new CacheStorage<string, number>({ clock })
    const { promise, reject } = deferred<number>()
    const waiting = expect(cache.getOrSet("a", () => promise)).rejects.toThrow("down")
    clock.pass(30)
    reject(new Error("down"))
    await waiting
    await cache.getOrSet("a", () => {
      clock.time += 10
      return 1
    })
    const counted = { loads: 2, loadFailures: 1, loadTime: 40, averageLoadTime: 20 }
    expect(cache.stats).toMatchObject(counted)
  })
})

describe("CacheStorage.getOrSetMany", () => {
  test("aborts its loader's signal when nobody waits for any of its keys, and not before", async () => {
    const cache = new CacheStorage<string, number>()
    const controllers = [new AbortController(), new AbortController()]
    let signal: AbortSignal | undefined
    const load = (_keys: readonly string[], context: LoadContext<number>) => {
      signal = context.signal
      return new Promise<[string, number][]>(() => {})
    }
    const aborted = { code: "ERR_PERSIST_ABORTED" }
    const many = cache.getOrSetMany(["a", "b"], load, { signal: controllers[0]!.signal })
    const one = cache.getOrSet("b", hanging, { signal: controllers[1]!.signal })
    controllers[0]!.abort()
    await expect(many).rejects.toMatchObject(aborted)
    expect(signal?.aborted).toBe(false)
    controllers[1]!.abort()
    await expect(one).rejects.toMatchObject(aborted)
    expect(signal?.aborted).toBe(true)
  })
})

test("writing behind on the real clock holds no process open", async () => {
  const timers = vi.spyOn(globalThis, "setTimeout")
  const store = { load: () => undefined, save: () => {}, delete: () => {} }
  const cache = new CacheStorage<string, number>({
    defaultTtl: Infinity,
    tier: { store, write: "behind" },
  })
  cache.set("a", 1)
  const held = timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())
  timers.mockRestore()
  expect(held).toEqual([false])
  await cache.close()
  await settle()
})
