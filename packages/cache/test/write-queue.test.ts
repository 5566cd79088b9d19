import { describe, expect, test, vi } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { type Deferred, deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

describe("writes to a tier", () => {
  test("go sixteen at a time, one at a time for a name, and each that ends makes room for the next", async () => {
    const under: [string, Deferred<void>][] = []
    const saved: string[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      async save(name: string) {
        const end = deferred<void>()
        under.push([name, end])
        await end.promise
        saved.push(name)
      },
    }
    const cache = new CacheStorage<string, number>({ tier: store })
    for (let key = 0; key < 40; key++) cache.set(`key ${key}`, key)
    for (let value = 0; value < 3; value++) cache.set("key 0", value)
    await settle()
    expect(under.length).toBe(16)
    while (under.length > 0) {
      const names = under.map(([name]) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(names.length).toBeLessThanOrEqual(16)
      under.shift()![1].resolve()
      await settle()
    }
    expect(saved.length).toBe(41)
    expect(new Set(saved).size).toBe(40)
  })

  test("that fail wait longer each time, and as little as at first once one has succeeded", async () => {
    const clock = new ManualClock()
    let down = true
    const attempts: number[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      save() {
        attempts.push(clock.now())
        if (down) throw new Error("down")
      },
    }
    const cache = new CacheStorage<string, number>({ clock, tier: store, onError: () => {} })
    const tryFor = async (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 50) {
        await settle()
        clock.pass(50)
      }
      await settle()
      return attempts.splice(0).map((at, index, all) => at - (all[index - 1] ?? at))
    }
    cache.set("a", 1)
    expect(await tryFor(700)).toEqual([0, 100, 200, 400])
    down = false
    expect(await tryFor(800)).toEqual([0])
    down = true
    cache.set("a", 2)
    expect(await tryFor(150)).toEqual([0, 100])
  })

  test("begin at once again after a flush has written what waited for another attempt", async () => {
    const clock = new ManualClock()
    let down = true
    const saved: string[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      save(name: string) {
        if (down) throw new Error("down")
        saved.push(name)
      },
    }
    const cache = new CacheStorage<string, number>({ clock, tier: store, onError: () => {} })
    cache.set("a", 1)
    await settle()
    down = false
    await cache.flush()
    cache.set("b", 2)
    await settle()
    expect(saved).toEqual(["a", "b"])
  })

  test("tell a store that can forget by itself how long it is to keep a value, and delete what is over by then", async () => {
    const clock = new ManualClock()
    const store = {
      supports: { ttl: true },
      load: () => undefined,
      save: vi.fn((_name: string, _value: unknown, _options?: { readonly ttl: number }) => {}),
      delete: vi.fn(),
    }
    const cache = new CacheStorage<string, number>({
      clock,
      tier: { store, write: "behind", writeDelay: 10 },
    })
    cache.set("a", 1, { ttl: 100 }).set("b", 2, { ttl: Infinity }).set("c", 3, { ttl: 5 })
    await cache.getOrSet("d", () => 4, { ttl: 100, staleIfError: 50 })
    clock.pass(10)
    await settle()
    expect(store.save.mock.calls.map(([name, , options]) => [name, options])).toEqual([
      ["a", { ttl: 90 }],
      ["b", undefined],
      ["d", { ttl: 140 }],
    ])
    expect(store.delete.mock.calls).toEqual([["c"]])
  })

  test("that wait behind others of their names are waited for by flush as well", async () => {
    const ends: Deferred<void>[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      save() {
        const end = deferred<void>()
        ends.push(end)
        return end.promise
      },
    }
    const cache = new CacheStorage<string, number>({ tier: store })
    cache.set("a", 1).set("a", 2)
    const flushed = vi.fn()
    const flush = cache.flush().then(flushed)
    ends[0]!.resolve()
    await settle()
    expect(ends.length).toBe(2)
    expect(flushed).not.toHaveBeenCalled()
    ends[1]!.resolve()
    await flush
  })

  test("that are under way are waited for by flush also where another has failed", async () => {
    const end = deferred<void>()
    const store = {
      load: () => undefined,
      delete: () => {},
      save(name: string) {
        if (name === "a") throw new Error("down")
        return end.promise
      },
    }
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, tier: store, onError: () => {} })
    const failed = vi.fn()
    cache.set("b", 1)
    await settle()
    const flush = cache.set("a", 1).flush().catch(failed)
    await settle()
    expect(failed).not.toHaveBeenCalled()
    end.resolve()
    await flush
    expect(failed.mock.calls).toMatchObject([[{ message: "down" }]])
  })

  test("behind are gathered for as long where another write ends meanwhile", async () => {
    const clock = new ManualClock()
    const ends: Deferred<void>[] = []
    const saved: string[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      save(name: string) {
        saved.push(name)
        const end = deferred<void>()
        ends.push(end)
        return end.promise
      },
    }
    const cache = new CacheStorage<string, number>({
      clock,
      tier: { store, write: "behind", writeDelay: 100 },
    })
    cache.set("a", 1)
    clock.pass(100)
    cache.set("b", 1)
    ends[0]!.resolve()
    await settle()
    expect(saved).toEqual(["a"])
    clock.pass(100)
    expect(saved).toEqual(["a", "b"])
  })

  test("wait as long as one that has failed, though they are new", async () => {
    const clock = new ManualClock()
    const attempts: string[] = []
    const store = {
      load: () => undefined,
      delete: () => {},
      save(name: string) {
        attempts.push(name)
        throw new Error("down")
      },
    }
    const cache = new CacheStorage<string, number>({ clock, tier: store, onError: () => {} })
    cache.set("a", 1)
    await settle()
    cache.set("b", 1)
    clock.pass(99)
    await settle()
    expect(attempts).toEqual(["a"])
    clock.pass(1)
    expect(attempts.sort()).toEqual(["a", "a", "b"])
  })

  test("that are more than 100,000 give up the oldest and say so", () => {
    const onError = vi.fn()
    const store = { load: () => undefined, save: () => {}, delete: () => {} }
    const tier = { store, write: "behind" } as const
    const cache = new CacheStorage<number, number>({ clock: new ManualClock(), tier, onError })
    for (let key = 1; key <= 100_000; key++) cache.set(key, key)
    expect(onError).not.toHaveBeenCalled()
    cache.set(0, 0)
    expect(onError.mock.calls).toMatchObject([[{ message: expect.stringContaining("#1 is lost") }]])
  })
})
