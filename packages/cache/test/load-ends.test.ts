import { getEventListeners } from "node:events"
import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type LoadContext } from "../src/index.ts"
import type { Tags } from "../src/tags/tag.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

describe("CacheStorage.getOrSet, when a load ends", () => {
  test("who calls right after the last waiter has left loads anew", async () => {
    const cache = new CacheStorage<string, number>()
    const controller = new AbortController()
    const left = cache.getOrSet("a", () => new Promise(() => {}), { signal: controller.signal })
    controller.abort()
    const anew = cache.getOrSet("a", async () => 2)
    await expect(left).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await anew).toBe(2)
  })

  test("one that renews what was served stale goes on when somebody who joined it leaves", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    cache.set("a", 1, { ttl: 10, staleTtl: 100 })
    clock.pass(10)
    const loaded = deferred<number>()
    let signal: AbortSignal | undefined
    const load = (_key: string, context: { readonly signal: AbortSignal }) => {
      signal = context.signal
      return loaded.promise
    }
    expect(cache.getOrSet("a", load, { staleWhileRevalidate: 100 })).toBe(1)
    const controller = new AbortController()
    const joined = cache.getOrSet("a", load, { signal: controller.signal })
    controller.abort()
    await expect(joined).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(signal?.aborted).toBe(false)
    loaded.resolve(2)
    await settle()
    expect(cache.get("a")).toBe(2)
  })

  test("an early refresh is one load, however many read meanwhile", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, defaultTtl: 100, random: () => 0.99 })
    let loads = 0
    const load = async () => {
      clock.pass(30)
      return ++loads
    }
    expect(await cache.getOrSet("a", load, { earlyRefresh: 1 })).toBe(1)
    const first = Array.from({ length: 5 }, () => cache.getOrSet("a", load, { earlyRefresh: 1 }))
    expect(first).toEqual([1, 1, 1, 1, 1])
    await settle()
    expect([loads, cache.peek("a")]).toEqual([2, 2])
  })

  test("one that is given up does not end what another must know of tags", async () => {
    const cache = new CacheStorage<string, number>()
    const controller = new AbortController()
    const left = cache.getOrSet("a", () => new Promise(() => {}), { signal: controller.signal })
    const loaded = deferred<number>()
    const brought = cache.getOrSet("b", (_key, context) => {
      context.tags = ["red"]
      return loaded.promise
    })
    controller.abort()
    await expect(left).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    cache.deleteTag("red")
    loaded.resolve(1)
    expect(await brought).toBe(1)
    expect(cache.has("b")).toBe(false)
    expect(cache.stats).toMatchObject({ sets: 0, expirations: 0, size: 0 })
  })

  test("nor does one that has brought its value", async () => {
    const cache = new CacheStorage<string, number>()
    const [early, late] = [deferred<number>(), deferred<number>()]
    const first = cache.getOrSet("a", () => early.promise)
    const second = cache.getOrSet("b", (_key, context) => {
      context.tags = ["red"]
      return late.promise
    })
    cache.deleteTag("red")
    early.resolve(1)
    expect(await first).toBe(1)
    late.resolve(2)
    expect(await second).toBe(2)
    expect([cache.has("a"), cache.has("b")]).toEqual([true, false])
  })

  for (const many of [false, true]) {
    test(`tags that are none are refused where ${many ? "one of many loads" : "a load"} was overtaken, too`, async () => {
      const cache = new CacheStorage<string, number>().set("b", 1, { tags: ["red"] })
      const loaded = deferred<number>()
      const load = async <T>(value: T, context: LoadContext<number>) => {
        context.tags = "red" as never
        await loaded.promise
        return value
      }
      const brought = many
        ? cache.getOrSetMany(["a"], (_keys, context) => load([["a", 2]] as const, context))
        : cache.getOrSet("a", (_key, context) => load(2, context))
      cache.delete("a")
      cache.deleteTag("red")
      loaded.resolve(0)
      await expect(brought).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
    })
  }

  test("a tag that only loads might have needed is forgotten with the last of them", async () => {
    const cache = new CacheStorage<string, number>()
    const { tags } = cache as unknown as { readonly tags: Tags }
    const loaded = deferred<number>()
    const brought = cache.getOrSet("a", (_key, context) => {
      context.tags = ["red"]
      return loaded.promise
    })
    cache.set("b", 1, { tags: ["blue"] }).delete("b")
    const [blue] = tags.get(["blue"])
    for (const tag of ["red", "green"]) cache.deleteTag(tag)
    loaded.resolve(1)
    await brought
    await settle()
    const anew = tags.get(["red", "green", "blue"])
    expect(anew.map(({ deleted, entries }) => [deleted, entries])).toEqual(Array(3).fill([0, 0]))
    expect(anew[2]).not.toBe(blue)
  })

  for (const [name, end] of [
    ["a load that is forced", (cache) => cache.getOrSet("a", () => 1, { force: true, ttl: 10 })],
    ["a set", (cache) => cache.set("a", 1, { ttl: 10 })],
    ["a delete", (cache) => cache.delete("a")],
  ] as readonly [string, (cache: CacheStorage<string, number>) => unknown][]) {
    test(`${name} ends the memory of the failure before it`, async () => {
      const clock = new ManualClock()
      const cache = new CacheStorage<string, number>({ clock })
      const fail = () => Promise.reject(new Error("down"))
      await expect(cache.getOrSet("a", fail, { errorTtl: "1h" })).rejects.toThrow("down")
      await expect(cache.getOrSet("a", () => 1)).rejects.toThrow("down")
      await end(cache)
      clock.pass(10)
      expect(await cache.getOrSet("a", () => 2)).toBe(2)
    })
  }

  test("a delete ends the memory of what could not be stored, and what fails after it is not remembered", async () => {
    const cache = new CacheStorage<string, number>({ maxWeight: 10 })
    const heavy = (_key: string, context: { weight?: number | undefined }) => {
      context.weight = -1
      return 1
    }
    await expect(cache.getOrSet("a", heavy, { errorTtl: "1h" })).rejects.toThrow("weight is -1")
    cache.delete("a")
    expect(await cache.getOrSet("a", () => 2)).toBe(2)
    const loaded = deferred<number>()
    const failing = cache.getOrSet("b", () => loaded.promise, { errorTtl: "1h" })
    cache.delete("b")
    loaded.reject(new Error("down"))
    await expect(failing).rejects.toThrow("down")
    expect(await cache.getOrSet("b", () => 3)).toBe(3)
  })

  test("all who wait under one signal share one listener of it, and leave none", async () => {
    const cache = new CacheStorage<number, number>()
    const controller = new AbortController()
    const { signal } = controller
    const listeners = () => getEventListeners(signal, "abort").length
    const load = deferred<number>()
    const brought = Promise.resolve(cache.getOrSet(1, () => load.promise, { signal }))
    const left = [2, 3, 3].map((key) =>
      cache.getOrSet(key, () => new Promise(() => {}), { signal }),
    )
    const ends = Promise.allSettled(left)
    expect(listeners()).toBe(1)
    load.resolve(1)
    await expect(brought).resolves.toBe(1)
    expect(listeners()).toBe(1)
    controller.abort()
    expect((await ends).map(({ status }) => status)).toEqual(Array(3).fill("rejected"))
    expect(listeners()).toBe(0)
  })

  test("a loader that aborts the signal of its caller at once ends the wait", async () => {
    const controller = new AbortController()
    const { signal } = controller
    const cache = new CacheStorage<string, number>()
    let given: AbortSignal | undefined
    const load = (_key: string, context: LoadContext<number>) => {
      given = context.signal
      controller.abort()
      return new Promise<number>(() => {})
    }
    const end = vi.fn()
    Promise.resolve(cache.getOrSet("a", load, { signal })).catch(end)
    await settle()
    expect(end.mock.calls).toMatchObject([[{ code: "ERR_PERSIST_ABORTED" }]])
    expect([given?.aborted, getEventListeners(signal, "abort")]).toEqual([true, []])
  })

  test("one that was fenced ends without the one that has begun since, which callers still join", async () => {
    const cache = new CacheStorage<string, number>()
    const loads = [deferred<number>(), deferred<number>()]
    const load = vi.fn(() => loads[load.mock.calls.length - 1]!.promise)
    const first = cache.getOrSet("a", load)
    cache.delete("a")
    const second = cache.getOrSet("a", load)
    loads[0]!.resolve(1)
    expect(await first).toBe(1)
    const third = cache.getOrSet("a", load)
    loads[1]!.resolve(2)
    expect(await Promise.all([second, third])).toEqual([2, 2])
    expect(load).toHaveBeenCalledTimes(2)
  })

  test("one that somebody has waited for too long goes on for the others, and the error does not deny it", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock })
    const loaded = deferred<number>()
    const patient = cache.getOrSet("a", () => loaded.promise)
    const hasty = cache.getOrSet("a", () => loaded.promise, { hardTimeout: 10 })
    clock.pass(10)
    await expect(hasty).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: "a was not loaded within its hardTimeout of 10 ms.",
    })
    loaded.resolve(1)
    expect(await patient).toBe(1)
    expect(cache.get("a")).toBe(1)
  })

  test("with it the idle time of what it brought begins, however long it took", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, idleTtl: 10 })
    const loaded = deferred<number>()
    const waiting = cache.getOrSet("a", () => loaded.promise)
    clock.pass(50)
    loaded.resolve(1)
    await waiting
    clock.pass(9)
    expect(cache.peek("a")).toBe(1)
    clock.pass(1)
    expect(cache.peek("a")).toBe(undefined)
  })

  test("sets are plain again once no load is under way and no failure remembered, asked for again or not", async () => {
    const clock = new ManualClock()
    const cache = new CacheStorage<string, number>({ clock, defaultTtl: Infinity })
    const isPlain = () => (cache as unknown as { readonly plain: boolean }).plain
    const fail = (key: string, errorTtl: number) =>
      expect(
        cache.getOrSet(key, () => Promise.reject(new Error("down")), { errorTtl }),
      ).rejects.toThrow("down")
    await fail("a", 10)
    await fail("b", 30)
    clock.pass(29)
    cache.set("c", 1)
    expect(isPlain()).toBe(false)
    clock.pass(1)
    cache.set("c", 1)
    expect(isPlain()).toBe(true)
    await fail("a", 10)
    expect(isPlain()).toBe(false)
    clock.pass(10)
    await cache.getOrSet("d", () => 1)
    expect(isPlain()).toBe(true)
  })
})
