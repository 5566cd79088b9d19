import { describe, expect, test } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { ManualClock } from "./manual-clock.ts"

describe("CacheStorage.info", () => {
  test("tells how long an entry has yet, so that a new value can keep its deadline", () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, defaultTtl: 100 })
    cache.set("a", 1)
    clock.pass(30)
    const { expiresAt = 0, value = 0 } = cache.info("a") ?? {}
    const ttl = expiresAt - clock.wallTime()
    expect([value, ttl]).toEqual([1, 70])
    expect(cache.dump()).toStrictEqual([{ key: "a", value: 1, expiresAt }])
    cache.set("a", value + 1, { ttl })
    clock.pass(69)
    expect(cache.get("a")).toBe(2)
    clock.pass(1)
    expect([cache.info("a"), cache.has("a")]).toEqual([undefined, false])
  })

  test("tells of one entry what dump tells of all, also when it is stale", () => {
    const clock = new ManualClock()
    const weigh = (value: number) => value
    const cache = new CacheStorage<string, number>({ clock, defaultTtl: 100, weigh })
    cache.set("plain", 1)
    cache.set("lasting", 2, { ttl: Infinity })
    cache.set("idle", 3, { idleTtl: 50 })
    cache.set("stale", 4, { ttl: 10, staleTtl: 500, tags: ["red"] })
    clock.pass(20)
    const dump = cache.dump()
    expect(dump.map(({ key }) => key)).toEqual(["plain", "lasting", "idle", "stale"])
    expect(dump.map(({ key }) => cache.info(key))).toEqual(dump)
    expect(cache.info("missing")).toBeUndefined()
  })

  test("changes neither counters nor order nor the time of the last use", () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, maxSize: 2, idleTtl: 50 })
    cache.set("a", 1).set("b", 2)
    clock.pass(30)
    cache.info("a")
    expect(cache.stats).toMatchObject({ hits: 0, misses: 0 })
    cache.set("c", 3)
    expect([...cache.keys()]).toEqual(["c", "b"])
    clock.pass(20)
    expect([...cache.keys()]).toEqual(["c"])
  })
})
