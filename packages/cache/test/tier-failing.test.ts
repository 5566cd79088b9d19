import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type TierStore } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"
import { JsonStore } from "./shared-places.ts"

describe("CacheStorage with a tier that fails", () => {
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
})
