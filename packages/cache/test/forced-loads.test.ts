import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type Loader } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"
import { JsonStore } from "./shared-places.ts"

describe("CacheStorage.getOrSet with force", () => {
  test("force loads although there is a fresh value", async () => {
    const cache = new CacheStorage<string, number>()
    cache.set("a", 1)
    expect(await cache.getOrSet("a", () => 2, { force: true })).toBe(2)
    expect(cache.get("a")).toBe(2)
  })

  test("a forced load is told what it renews, which stands in where it fails only if something stale would", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, tier: new JsonStore() })
    const load = vi.fn<Loader<string, number>>(async (_key, { stale, signal }) => {
      if (stale === 1) throw new Error("down")
      return await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason))
      })
    })
    const patient = {
      force: true,
      staleIfError: 1,
      staleWhileRevalidate: Infinity,
      hardTimeout: 50,
    }
    cache.set("a", 1).set("b", 2)
    expect(await cache.getOrSet("a", load, patient)).toBe(1)
    expect(load).toHaveBeenCalledOnce()
    const late = cache.getOrSet("b", load, patient)
    await settle()
    clock.pass(50)
    expect(await late).toBe(2)
    for (const options of [{ force: true }, { force: true, staleWhileRevalidate: Infinity }]) {
      await expect(cache.getOrSet("a", load, options)).rejects.toThrow("down")
    }
    expect([cache.get("a"), cache.get("b")]).toEqual([1, 2])
    const many = await cache
      .getOrSetMany(["a", "c"], () => Promise.reject(new Error("down")), patient)
      .catch(String)
    expect(many).toBe("Error: down")
    expect(
      await cache.getOrSetMany(["a", "b"], () => Promise.reject(new Error("down")), patient),
    ).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    )
  })

  test("a forced load is waited for no longer than softTimeout, as there is what it renews, but to its end without one", async () => {
    const clock = new ManualClock()
    // Where a clock begins is its own affair.
    clock.time = -1_000
    const cache = new CacheStorage<string, number>({ clock })
    const { promise, resolve } = deferred<number>()
    cache.set("a", 1)
    const early = cache.getOrSet("a", () => promise, { force: true, softTimeout: 20 })
    const late = cache.getOrSet("a", () => promise, { force: true, staleIfError: 1 })
    clock.pass(20)
    expect(await early).toBe(1)
    expect(cache.stats.staleHits).toBe(1)
    resolve(2)
    expect([await late, cache.get("a")]).toEqual([2, 2])
    const down = () => Promise.reject(new Error("down"))
    const options = { force: true, softTimeout: 20 }
    await expect(cache.getOrSet("a", down, options)).rejects.toThrow("down")
  })

  test("what is gone by the time that a forced load fails does not stand in, nor what is stale for too long", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("gone", 1, { ttl: 10 }).set("kept", 2, { ttl: 10, staleTtl: 100 })
    const options = { force: true, staleIfError: 5 }
    for (const [key, after, end] of [
      ["kept", 14, 2],
      ["kept", 15, "down"],
      ["gone", 20, "down"],
    ] as const) {
      const { promise, reject } = deferred<number>()
      const waiting = cache.getOrSet(key, () => promise, options) as Promise<number>
      clock.pass(after - clock.now())
      reject(new Error("down"))
      expect(await waiting.catch((error) => error.message)).toBe(end)
    }
  })
})
