import { describe, expect, test } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { ManualClock } from "./manual-clock.ts"
import { JsonStore } from "./shared-places.ts"

const never = () => {
  throw new Error("must not load")
}

describe("tags in a tier", () => {
  test("takes any string as a tag, half a surrogate pair included", async () => {
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ tier: store })
    for (const tag of ["", "*", "../a", "\ud800"]) {
      cache.set("a", 1, { tags: [tag] })
      await cache.flush()
      expect(await new CacheStorage<string, number>({ tier: store }).fetch("a")).toBe(1)
      cache.deleteTag(tag)
      cache.set("b", 2)
      await cache.flush()
      expect(await new CacheStorage<string, number>({ tier: store }).fetch("a")).toBeUndefined()
    }
  })

  test("what a tag expires is fresh for nobody in the very same millisecond, and stale where it has no deadline", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const make = () =>
      new CacheStorage<string, number>({ clock, defaultTtl: Infinity, tier: store })
    const cache = make()
    cache.set("a", 1, { tags: ["red"] }).set("b", 2, { tags: ["red"], staleTtl: 50 })
    cache.expireTag("red")
    await cache.flush()
    for (const each of [cache, make()]) {
      expect([await each.fetch("a"), await each.fetch("b")]).toEqual([undefined, undefined])
    }
    clock.pass(40)
    expect(await make().getOrSet("b", never, { staleIfError: 50 })).toBe(2)
  })

  test("a tag that is expired leaves the value to be served stale", async () => {
    const clock = new ManualClock()
    const store = new JsonStore()
    const cache = new CacheStorage<string, number>({ clock, tier: store })
    cache.set("a", 1, { tags: ["red"], ttl: 1_000, staleTtl: 1_000 })
    cache.expireTag("red")
    await cache.flush()
    clock.pass(10)
    const other = new CacheStorage<string, number>({ clock, tier: store })
    const fail = () => Promise.reject(new Error("down"))
    expect(await other.getOrSet("a", fail, { staleIfError: 500 })).toBe(1)
    expect(other.has("a")).toBe(false)
  })

  test("of two caches that invalidate a tag at the same moment, the later mark stays", async () => {
    const { promise: isLateDone, resolve: lateDone } = Promise.withResolvers<void>()
    let updates = 0
    class SharedStore extends JsonStore {
      /** One step for all who share the store, but the first to come is the last to be done. */
      async update(key: string, change: (current: unknown) => unknown): Promise<void> {
        const isFirst = updates++ === 0
        if (isFirst) await isLateDone
        const text = this.texts.get(key)
        this.texts.set(
          key,
          JSON.stringify(change(text === undefined ? undefined : JSON.parse(text))),
        )
        if (!isFirst) lateDone()
      }
    }
    const store = new SharedStore()
    const clock = new ManualClock()
    const early = new CacheStorage<string, number>({ clock, tier: store })
    const late = new CacheStorage<string, number>({ clock, tier: store })
    early.deleteTag("red")
    clock.pass(10)
    late.deleteTag("red")
    await Promise.all([early.flush(), late.flush()])
    expect(updates).toBe(2)
    const [mark] = [...store.texts.values()].map((text) => JSON.parse(text))
    expect(mark.deletedAt).toBeGreaterThanOrEqual(clock.wallTime())
  })
})
