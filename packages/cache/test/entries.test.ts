import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { CacheStorage, type RemovalReason } from "../src/index.ts"
import { Tags } from "../src/tags/tag.ts"
import { settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

describe("CacheStorage tags", () => {
  test("deleteTag removes, expireTag keeps what may be served stale", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { tags: ["red"], staleTtl: 100 })
    cache.set("b", 2, { tags: ["red", "blue"] })
    cache.set("c", 3, { tags: ["blue"], staleTtl: 100 })
    cache.set("d", 4)
    cache.expireTag("red")
    expect([...cache.keys()]).toEqual(["d", "c"])
    expect(cache.size).toBe(3)
    const fail = () => Promise.reject(new Error("down"))
    expect(await cache.getOrSet("a", fail, { staleIfError: 50 })).toBe(1)
    cache.deleteTag("blue")
    expect([...cache.keys()]).toEqual(["d"])
    await expect(cache.getOrSet("c", fail, { staleIfError: 50 })).rejects.toThrow("down")
    cache.set("a", 5, { tags: ["red"] })
    expect(cache.get("a")).toBe(5)
  })

  test("what may be served stale for ever is not fresh for ever", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const staleTtl = Number.POSITIVE_INFINITY
    cache.set("timed", 1, { ttl: 10, staleTtl })
    cache.set("tagged", 2, { ttl: staleTtl, staleTtl, tags: ["red"] })
    await cache.getOrSet("loaded", () => 3, { ttl: 10, staleIfError: staleTtl })
    cache.expireTag("red")
    clock.pass(10)
    for (const key of ["timed", "tagged", "loaded"]) {
      expect(cache.get(key), key).toBeUndefined()
      const fail = () => Promise.reject(new Error("down"))
      expect(await cache.getOrSet(key, fail, { staleIfError: staleTtl }), key).toBeGreaterThan(0)
    }
  })

  test("expire of what a tag has expired already changes nothing", async () => {
    const clock = new ManualClock()
    const caches = [0, 1].map(() => new CacheStorage<string, number>({ clock }))
    for (const cache of caches) cache.set("a", 1, { tags: ["red"], staleTtl: 6 })
    for (const cache of caches) cache.expireTag("red")
    expect(caches[0]!.expire("a")).toBe(false)
    clock.pass(5)
    for (const cache of caches) cache.expireTag("red")
    clock.pass(1)
    expect(caches.map((cache) => cache.size)).toEqual([1, 1])
    clock.pass(5)
    for (const cache of caches) cache.prune()
    expect(caches.map((cache) => cache.size)).toEqual([0, 0])
  })

  test("invalidating a tag takes as long for 10 entries as for 50,000", () => {
    const visited = (entries: number) => {
      let reads = 0
      const cache = new CacheStorage<number, number>({ maxSize: entries, clock: () => ++reads })
      for (let key = 0; key < entries; key++) cache.set(key, key, { tags: ["all"] })
      const before = reads
      cache.deleteTag("all")
      const during = reads - before
      expect(cache.size).toBe(0)
      return during
    }
    expect(visited(50_000)).toBe(visited(10))
  })

  test("a tag is known as long as anything carries it, whatever was loaded in between", async () => {
    const cache = new CacheStorage<string, number>()
    cache.set("a", 1, { tags: ["red"] }).delete("a")
    cache.set("a", 2, { tags: ["red"] })
    await cache.getOrSet("b", async () => 3)
    cache.expireTag("red")
    expect(cache.has("a")).toBe(false)
    cache.set("a", 4, { tags: ["red"] })
    cache.deleteTag("red")
    expect(cache.has("a")).toBe(false)
    const loading = cache.getOrSet("c", async () => 5)
    cache.set("a", 6, { tags: ["red"] }).delete("a")
    cache.set("a", 7, { tags: ["red"] })
    await loading
    cache.deleteTag("red")
    expect(cache.has("a")).toBe(false)
    cache.set("a", 8, { tags: ["red"] })
    await cache.getOrSet("d", async () => 9)
    cache.deleteTag("red")
    expect(cache.has("a")).toBe(false)
  })

  test("a tag that nothing carries is forgotten, where nothing is ever loaded too", async () => {
    const tags = new Tags()
    const seen = Array.from(
      { length: 3 },
      (_, at) => new WeakRef(holdAndRelease(tags, `tag ${at}`)),
    )
    await settle()
    setFlagsFromString("--expose-gc")
    runInNewContext("gc")()
    expect(seen.map((tag) => tag.deref())).toEqual([undefined, undefined, undefined])
    // Nor does it become known by being invalidated.
    tags.invalidate("tag 0", "deleted", 1)
    expect(tags.get(["tag 0"])).toMatchObject([{ deleted: 0 }])
  })

  test("the timer removes what expire has left stale, once it is no longer to be served", () => {
    const clock = new ManualClock()
    const removed: string[] = []
    const cache = new CacheStorage<string, number>({ clock, onRemoval: (key) => removed.push(key) })
    cache.set("a", 1, { ttl: "1h", staleTtl: 50 })
    cache.expire("a")
    clock.pass(40)
    expect(removed).toEqual([])
    clock.pass(1_000)
    expect(removed).toEqual(["a"])
  })

  test("the timer removes what was invalidated and says so", () => {
    const clock = new ManualClock()
    const reasons: RemovalReason[] = []
    const cache = new CacheStorage<string, number>({
      clock,
      onRemoval: (_key, _value, reason) => reasons.push(reason),
    })
    cache.set("a", 1, { tags: ["red"] })
    cache.deleteTag("red")
    clock.pass(1_000)
    expect(reasons).toEqual(["invalidated"])
  })
})

describe("CacheStorage.dump and restore", () => {
  test("a restored cache has the same entries, order, deadlines, weights and tags", () => {
    const clock = new ManualClock()
    const make = () => new CacheStorage<string, number>({ clock, maxWeight: 100 })
    const cache = make()
    cache.set("a", 1, { ttl: 50, weight: 3 }).set("b", 2, { ttl: Infinity, tags: ["red"] })
    cache.set("c", 3, { ttl: 500, idleTtl: 30 }).set("gone", 4, { ttl: 0 })
    cache.get("a")
    const dumped = JSON.parse(JSON.stringify(cache.dump()))
    clock.pass(20)
    const warm = make()
    warm.set("b", 20, { tags: ["red"], ttl: Infinity })
    expect(warm.restore(dumped)).toBe(2)
    expect([...warm.entries()]).toEqual([
      ["a", 1],
      ["c", 3],
      ["b", 20],
    ])
    expect(warm.weight).toBe(5)
    clock.pass(29)
    expect(warm.get("a")).toBe(1)
    clock.pass(1)
    expect(warm.has("a")).toBe(false)
    expect(warm.has("c")).toBe(false)
    warm.deleteTag("red")
    expect(warm.size).toBe(0)
  })

  test("what a tag expired comes back stale and for no longer, though it has an idle lifetime too", async () => {
    const clock = new ManualClock()
    const make = () => new CacheStorage<string, number>({ clock, defaultTtl: 1000, idleTtl: 50 })
    const cache = make()
    cache.set("a", 1, { tags: ["red"], staleTtl: 100 })
    clock.pass(10)
    cache.expireTag("red")
    clock.pass(10)
    const warm = make()
    expect(warm.restore(JSON.parse(JSON.stringify(cache.dump())))).toBe(1)
    for (const each of [cache, warm]) expect(each.has("a")).toBe(false)
    const serve = (each: CacheStorage<string, number>) =>
      each.getOrSet("a", () => Promise.reject(new Error("down")), { staleIfError: 50 })
    clock.pass(39)
    for (const each of [cache, warm]) expect(await serve(each)).toBe(1)
    clock.pass(1)
    for (const each of [cache, warm]) await expect(serve(each)).rejects.toThrow("down")
    clock.pass(60)
    expect([cache.dump(), warm.dump()]).toEqual([[], []])
  })

  test("what has no deadline yet may be served stale as long after a restart as before", async () => {
    const clock = new ManualClock()
    const make = () => new CacheStorage<string, number>({ clock, defaultTtl: Infinity })
    const cache = make()
    cache.set("a", 1, { tags: ["red"], staleTtl: 100 }).set("b", 2, { staleTtl: Infinity })
    const warm = make()
    expect(warm.restore(JSON.parse(JSON.stringify(cache.dump())))).toBe(2)
    warm.expireTag("red")
    warm.expire("b")
    clock.pass(99)
    const failing = () => Promise.reject(new Error("down"))
    const serve = (key: string) => warm.getOrSet(key, failing, { staleIfError: "1h" })
    expect([await serve("a"), await serve("b")]).toEqual([1, 2])
    clock.pass(1)
    await expect(serve("a")).rejects.toThrow("down")
    expect(await serve("b")).toBe(2)
  })

  test("nothing that is over comes back", () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10 })
    const dumped = cache.dump()
    clock.pass(10)
    expect(new CacheStorage<string, number>({ clock }).restore(dumped)).toBe(0)
    const idle = { clock, idleTtl: 100, defaultTtl: Infinity }
    const used = new CacheStorage<string, number>(idle)
    used.set("a", 1)
    used.set("b", 1, { tags: ["red"] })
    clock.pass(90)
    const unused = used.dump()
    clock.pass(5)
    const restored = new CacheStorage<string, number>(idle)
    expect(restored.restore(unused)).toBe(2)
    clock.pass(5)
    expect(restored.size).toBe(0)
    expect(restored.restore(unused)).toBe(0)
    const damaged = [{ key: "a", value: 1, expiresAt: "soon" as unknown as number }]
    expect(new CacheStorage<string, number>({ clock }).restore(damaged)).toBe(0)
  })

  test("what is over in the cache does not keep out what comes back", () => {
    let time = 0
    const clock = { now: () => time, wallTime: () => 1_000 + time }
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10 })
    time = 20
    expect(cache.restore([{ key: "a", value: 2, expiresAt: 1_100 }])).toBe(1)
    expect(cache.get("a")).toBe(2)
  })

  test("what is heavier than the cache may be is not counted among what came back", () => {
    const cache = new CacheStorage<string, number>({ maxWeight: 5 })
    const entries = [
      { key: "a", value: 1, weight: 6 },
      { key: "b", value: 2, weight: 5 },
    ]
    expect(cache.restore(entries)).toBe(1)
    expect([...cache.keys()]).toEqual(["b"])
  })

  test("a stale window without an end survives JSON", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10, staleTtl: Infinity })
    const dumped = JSON.parse(JSON.stringify(cache.dump()))
    clock.pass(1e9)
    const warm = new CacheStorage<string, number>({ clock })
    expect(warm.restore(dumped)).toBe(1)
    const fail = () => Promise.reject(new Error("down"))
    expect(await warm.getOrSet("a", fail, { staleIfError: Infinity })).toBe(1)
  })
})

describe("CacheStorage.whatIf", () => {
  test("estimates what other sizes and policies would serve", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 100 })
    using probe = cache.whatIf({
      sizes: [50, 100, 200],
      policies: ["lru", "tinylfu"],
      sampleRate: 1,
    })
    for (let step = 0; step < 15_000; step++) {
      const key = step % 150
      if (cache.get(key) === undefined) cache.set(key, key)
    }
    const found = Object.fromEntries(
      probe.estimates.map(({ policy, size, hitRatio }) => [`${policy} ${size}`, hitRatio]),
    )
    expect(found["lru 50"]).toBe(0)
    expect(found["lru 100"]).toBe(0)
    expect(cache.stats.hits).toBe(0)
    expect(found["lru 200"]).toBeCloseTo(0.99)
    expect(found["tinylfu 100"]).toBeGreaterThan(0.5)
    probe.stop()
    const { samples } = probe.estimates[0]!
    cache.get(1)
    expect(probe.estimates[0]!.samples).toBe(samples)
  })

  test("tries half, once, twice and four times the size unless told otherwise, with a sample that leaves half 256 entries", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 1_001 })
    using probe = cache.whatIf()
    for (let key = 0; key < 10_000; key++) cache.get(key)
    const tried = probe.estimates.map(({ policy, size }) => `${policy} ${size}`)
    const sizes = [501, 1_001, 2_002, 4_004]
    expect(tried).toEqual(
      ["lru", "tinylfu"].flatMap((one) => sizes.map((size) => `${one} ${size}`)),
    )
    const share = probe.estimates[0]!.samples / 10_000
    expect(Math.abs(share - 256 / 501)).toBeLessThan(0.03)
  })

  test("a sample is close to the whole", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 10_000 })
    const probe = cache.whatIf({ sizes: [10_000], policies: ["lru"], sampleRate: 0.1 })
    let state = 1
    for (let step = 0; step < 200_000; step++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      const key = Math.floor((state / 2 ** 32) ** 3 * 50_000)
      if (cache.get(key) === undefined) cache.set(key, key)
    }
    expect(probe.estimates[0]!.samples).toBeLessThan(60_000)
    expect(Math.abs(probe.estimates[0]!.hitRatio - cache.stats.hitRatio)).toBeLessThan(0.05)
  })

  test("is right whether the few most popular keys are in the sample or not", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    let error = 0
    for (const name of names) {
      const cache = new CacheStorage<string, number>({ maxSize: 1_000 })
      const probe = cache.whatIf({ sizes: [1_000], policies: ["lru"], sampleRate: 0.2 })
      let state = 1
      for (let step = 0; step < 60_000; step++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        const key = `${name} ${Math.floor(10 ** ((5 * state) / 2 ** 32))}`
        if (cache.get(key) === undefined) cache.set(key, step)
      }
      error += Math.abs(probe.estimates[0]!.hitRatio - cache.stats.hitRatio) / names.length
    }
    expect(error).toBeLessThan(0.02)
  })
})

function holdAndRelease(tags: Tags, name: string): object {
  const held = tags.get([name])
  tags.retain(held)
  tags.release(held)
  return held[0]!
}
