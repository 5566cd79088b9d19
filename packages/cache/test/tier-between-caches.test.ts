import { expect, test, vi } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"
import { answeringLate, Bus, JsonStore } from "./shared-places.ts"

test("what a loader brings is not kept where another cache has told of a change since the tier had nothing", async () => {
  const [store, bus] = [new JsonStore(), new Bus()]
  const cache = new CacheStorage<string, number>({ tier: store, bus })
  const other = new CacheStorage<string, number>({ tier: store, bus })
  const loaded = deferred<number>()
  const load = vi.fn(() => loaded.promise)
  const waiting = cache.getOrSet("a", load)
  await settle()
  expect(load).toHaveBeenCalledTimes(1)
  other.set("a", 2)
  await other.flush()
  loaded.resolve(1)
  expect(await waiting).toBe(1)
  expect(cache.has("a")).toBe(false)
  expect(await cache.fetch("a")).toBe(2)
})

test("what another cache has saved in the very same millisecond is covered by clear and by its tag", async () => {
  for (const invalidate of [
    (cache: CacheStorage<string, number>) => cache.clear(),
    (cache: CacheStorage<string, number>) => cache.deleteTag("red"),
    (cache: CacheStorage<string, number>) => cache.expireTag("red"),
  ]) {
    const options = { clock: new ManualClock(), tier: new JsonStore() }
    const cache = new CacheStorage<string, number>(options)
    cache.set("a", 1, { tags: ["red"] })
    await cache.flush()
    const other = new CacheStorage<string, number>(options)
    invalidate(other)
    await other.flush()
    expect(await other.fetch("a")).toBe(undefined)
  }
})

test("a delete whose place a loaded value has taken is done after all where that has begun to be written", async () => {
  const clock = new ManualClock()
  const [store, bus] = [new JsonStore(), new Bus()]
  const { promise, resolve } = deferred<void>()
  const tier = answeringLate(store, promise)
  const cache = new CacheStorage<string, number>({ clock, tier, bus, onError: () => {} })
  store.failing = true
  cache.delete("a")
  await settle()
  store.failing = false
  expect(await cache.getOrSet("a", () => 1)).toBe(1)
  clock.pass(100)
  await settle()
  expect(store.texts.has("a")).toBe(true)
  bus.publish({ source: "another", kind: "key", name: "a" })
  resolve()
  await cache.flush()
  expect(store.texts.has("a")).toBe(false)
})

test("a loaded value that another cache has removed from the tier by itself is no error where it is to be taken out", async () => {
  const [store, bus] = [new JsonStore(), new Bus()]
  const onError = vi.fn()
  const cache = new CacheStorage<string, number>({ tier: store, bus, onError })
  const other = new CacheStorage<string, number>({ tier: store, bus, onError })
  expect(await cache.getOrSet("a", () => 1)).toBe(1)
  await cache.flush()
  other.delete("a")
  await other.flush()
  await cache.flush()
  expect(onError).not.toHaveBeenCalled()
  expect(bus.sent.length).toBe(1)
})

test("a tag that was deleted before is expired in the tier as well, and one that was expired is deleted", async () => {
  for (const kinds of [["deleteTag", "expireTag"] as const, ["expireTag", "deleteTag"] as const]) {
    const clock = new ManualClock()
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ clock, tier: store })
    for (const kind of kinds) {
      clock.pass(10)
      cache.set("a", 1, { tags: ["red"] })
      cache[kind]("red")
      await cache.flush()
      expect(await new CacheStorage<string, number>({ clock, tier: store }).fetch("a")).toBe(
        undefined,
      )
    }
  }
})

test("what the tier has past its deadline is nothing to a fetch that waited for another's load in vain", async () => {
  const clock = new ManualClock()
  const store = new JsonStore()
  const writer = new CacheStorage<string, number>({ clock, tier: store })
  await writer.getOrSet("a", () => 1, { ttl: 10, staleIfError: 100 })
  await writer.flush()
  clock.pass(10)
  const cache = new CacheStorage<string, number>({ clock, tier: store })
  const { promise, reject } = deferred<number>()
  const loading = cache.getOrSet("a", () => promise)
  const fetched = cache.fetch("a")
  await settle()
  reject(new Error("down"))
  await expect(loading).rejects.toThrow("down")
  expect(await fetched).toBe(undefined)
})

test("without a tier, other caches are told of an expired tag as that and nothing more", async () => {
  const bus = new Bus()
  const cache = new CacheStorage<string, number>({ bus })
  const other = new CacheStorage<string, number>({ bus })
  other.set("a", 1, { tags: ["red"], staleTtl: "1h" })
  bus.sent.length = 0
  cache.expireTag("red")
  expect(bus.sent.map(({ kind, name }) => [kind, name])).toEqual([["expireTag", "red"]])
  expect(await other.getOrSet("a", () => Promise.reject(), { staleIfError: "1h" })).toBe(1)
})
