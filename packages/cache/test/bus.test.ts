import { describe, expect, test, vi } from "vitest"
import { type BusMessage, CacheStorage } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { Bus, JsonStore } from "./shared-places.ts"

describe("CacheStorage with a bus", () => {
  async function pair() {
    const bus = new Bus()
    const store = new JsonStore()
    const make = () => new CacheStorage<string, number>({ tier: store, bus })
    const [a, b] = [make(), make()]
    await settle()
    return { bus, store, a, b }
  }

  test("drops in memory what another cache changed, and finds the new value in the tier", async () => {
    const { a, b } = await pair()
    a.set("x", 1)
    await a.flush()
    expect(await b.fetch("x")).toBe(1)
    a.set("x", 2)
    await a.flush()
    await settle()
    expect(b.has("x")).toBe(false)
    expect(a.has("x")).toBe(true)
    expect(await b.fetch("x")).toBe(2)
    a.deleteTag("none")
    a.clear()
    await a.flush()
    await settle()
    expect(b.has("x")).toBe(false)
  })

  test("forgets everything after a reconnect, and hears nothing after close", async () => {
    const { bus, a, b } = await pair()
    a.set("x", 1)
    await a.flush()
    await b.fetch("x")
    for (const [, onReconnect] of bus.listeners) onReconnect()
    expect([a.size, b.size]).toEqual([0, 0])
    expect(await b.fetch("x")).toBe(1)
    await b.close()
    expect(bus.listeners.length).toBe(1)
  })

  test("finds in the tier what it is looking for there when others tell of changes, or it may have missed some", async () => {
    const { store, a } = await pair()
    a.set("x", 1)
      .set("y", 2)
      .set("z", 3, { tags: ["red"] })
    await a.flush()
    const late = Promise.withResolvers<void>()
    const slow = {
      load: async (key: string) => {
        const text = await store.load(key)
        await late.promise
        return text
      },
      save: store.save.bind(store),
      delete: store.delete.bind(store),
    }
    const deaf = new Bus()
    const b = new CacheStorage<string, number>({ tier: slow, bus: deaf })
    const found = [b.fetch("x"), b.getOrSet("y", () => -1), b.getOrSet("z", () => -1)]
    await settle()
    a.set("x", 10)
    a.set("y", 20)
    a.deleteTag("red")
    await a.flush()
    const [[tell, onReconnect]] = deaf.listeners as [Bus["listeners"][number]]
    tell({ source: "a", kind: "key", name: "x" })
    tell({ source: "a", kind: "deleteTag", name: "red" })
    onReconnect()
    late.resolve()
    expect(await Promise.all(found)).toEqual([10, 20, -1])
    expect([b.get("x"), b.get("y"), b.get("z")]).toEqual([10, 20, -1])
  })

  test("passes over what is no message of a cache", () => {
    let tell: (message: unknown) => void = () => {}
    const bus = {
      publish() {},
      subscribe(onMessage: (message: BusMessage) => void) {
        tell = onMessage as typeof tell
      },
    }
    const cache = new CacheStorage<string, number>({ bus })
    cache.set("a", 1)
    for (const message of [null, undefined, 5, "text", [], {}, { source: "x", kind: "other" }]) {
      tell(message)
    }
    tell({ source: "x", kind: "deleteTag", name: 5 })
    expect(cache.get("a")).toBe(1)
  })

  test("does not wait for a bus that has not answered yet, and leaves it when it does", async () => {
    const { promise, resolve } = deferred<() => void>()
    const stop = vi.fn()
    const cache = new CacheStorage<string, number>({
      bus: { publish: () => {}, subscribe: () => promise },
    })
    await cache.close()
    expect(stop).not.toHaveBeenCalled()
    resolve(stop)
    await settle()
    expect(stop).toHaveBeenCalledOnce()
  })

  test("waits until it has left a bus that it was on", async () => {
    const { promise, resolve } = deferred<void>()
    const cache = new CacheStorage<string, number>({
      bus: { publish: () => {}, subscribe: () => () => promise },
    })
    let isClosed = false
    const closing = cache.close().then(() => {
      isClosed = true
    })
    await settle()
    expect(isClosed).toBe(false)
    resolve()
    await closing
  })

  test("a failing bus fails no call", async () => {
    const errors: unknown[] = []
    const bus = {
      publish: () => Promise.reject(new Error("bus down")),
      subscribe: () => {
        throw new Error("bus down")
      },
    }
    const cache = new CacheStorage<string, number>({ bus, onError: (error) => errors.push(error) })
    cache.set("a", 1)
    await settle()
    expect(cache.get("a")).toBe(1)
    expect(errors.length).toBe(2)
  })
})
