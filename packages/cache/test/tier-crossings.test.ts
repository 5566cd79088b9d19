import { expect, test, vi } from "vitest"
import { CacheStorage, type LoadContext } from "../src/index.ts"
import { deferred, settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"
import { answeringLate, Bus, JsonStore, slowBus } from "./shared-places.ts"

test("a change is told although its write failed and a loaded value was saved instead", async () => {
  const { promise, reject } = deferred<void>()
  const bus = new Bus()
  const store = new JsonStore()
  const save = vi.spyOn(store, "save").mockImplementationOnce(() => promise)
  const cache = new CacheStorage<string, number>({ tier: store, bus, onError: () => {} })
  cache.set("a", 1)
  await cache.getOrSet("a", () => 2, { force: true })
  expect(save).toHaveBeenCalledTimes(1)
  reject(new Error("tier down"))
  await settle()
  await cache.flush()
  expect(save).toHaveBeenCalledTimes(2)
  expect(bus.sent.map(({ kind, name }) => [kind, name])).toEqual([["key", "a"]])
})

test("what was invalidated elsewhere since a load began covers what it saves", async () => {
  for (const invalidate of [
    (other: CacheStorage<string, number>) => other.deleteTag("red"),
    (other: CacheStorage<string, number>) => other.clear(),
  ]) {
    const clock = new ManualClock()
    const options = { clock, tier: new JsonStore() }
    const cache = new CacheStorage<string, number>(options)
    const other = new CacheStorage<string, number>(options)
    const value = deferred<number>()
    const waiting = cache.getOrSet("a", () => value.promise, { tags: ["red"] })
    await settle()
    clock.pass(1)
    invalidate(other)
    await other.flush()
    clock.pass(1)
    value.resolve(1)
    expect(await waiting).toBe(1)
    await cache.flush()
    expect(await new CacheStorage<string, number>(options).fetch("a")).toBe(undefined)
  }
})

test("a loaded value that waits to be written gives way to what another cache has set", async () => {
  const clock = new ManualClock()
  const [store, bus] = [new JsonStore(), new Bus()]
  const cache = new CacheStorage<string, number>({ clock, bus, tier: { store, write: "behind" } })
  const other = new CacheStorage<string, number>({ clock, bus, tier: store })
  expect(await cache.getOrSet("a", () => 1)).toBe(1)
  other.set("a", 2)
  await other.flush()
  await cache.flush()
  expect(store.saves).toBe(1)
  expect(await cache.fetch("a")).toBe(2)
})

test("a loaded value whose write has failed is not written over what another cache has set meanwhile", async () => {
  const { promise, reject } = deferred<void>()
  const [store, bus] = [new JsonStore(), new Bus()]
  const save = vi.spyOn(store, "save").mockImplementationOnce(() => promise)
  const cache = new CacheStorage<string, number>({ tier: store, bus, onError: () => {} })
  const other = new CacheStorage<string, number>({ tier: store, bus })
  expect(await cache.getOrSet("a", () => 1)).toBe(1)
  await settle()
  expect(save).toHaveBeenCalledTimes(1)
  other.set("a", 2)
  await other.flush()
  reject(new Error("tier down"))
  await settle()
  await cache.flush()
  expect(save).toHaveBeenCalledTimes(2)
  expect(await cache.fetch("a")).toBe(2)
})

test("a loaded value that crossed another cache's change on its way to the tier is taken out again", async () => {
  const store = new JsonStore()
  const { bus, arrive } = slowBus()
  const make = () => new CacheStorage<string, number>({ tier: store, bus })
  const [writer, loader, reader] = [make(), make(), make()]
  const { promise, resolve } = deferred<number>()
  const loading = loader.getOrSet("a", () => promise)
  writer.delete("a")
  await writer.flush()
  resolve(1)
  expect(await loading).toBe(1)
  expect(await loader.getOrSet("c", () => 3)).toBe(3)
  await loader.flush()
  expect(await reader.fetch("a")).toBe(1)
  await arrive()
  await loader.flush()
  expect(store.texts.has("a")).toBe(false)
  await arrive()
  expect([loader.has("a"), reader.has("a")]).toEqual([false, false])

  expect(await loader.getOrSet("b", () => 1)).toBe(1)
  await loader.flush()
  writer.set("b", 2)
  await writer.flush()
  await arrive()
  await loader.flush()
  expect(await loader.fetch("b")).toBe(2)
})

test("a late message of another cache's change takes no set or delete that waits to be written", async () => {
  for (const change of [
    (cache: CacheStorage<string, number>) => cache.set("a", 3),
    (cache: CacheStorage<string, number>) => cache.delete("a"),
  ]) {
    const clock = new ManualClock()
    const store = new JsonStore()
    const { bus, arrive } = slowBus()
    const cache = new CacheStorage<string, number>({ clock, bus, tier: { store, write: "behind" } })
    const other = new CacheStorage<string, number>({ clock, bus, tier: store })
    expect(await cache.getOrSet("a", () => 1)).toBe(1)
    await cache.flush()
    other.set("a", 2)
    await other.flush()
    change(cache)
    const expected = cache.peek("a")
    await arrive()
    await cache.flush()
    expect(await new CacheStorage<string, number>({ clock, tier: store }).fetch("a")).toBe(expected)
  }
})

test("what another cache has put there is found while the loaded value that crossed it is being taken out", async () => {
  const store = new JsonStore()
  const { bus, arrive } = slowBus()
  const gate = deferred<void>()
  let held = false
  const slow = {
    load: async (key: string) => {
      const found = await store.load(key)
      if (held) {
        held = false
        await gate.promise
      }
      return found
    },
    save: (key: string, value: unknown) => store.save(key, value),
    delete: (key: string) => store.delete(key),
  }
  const loader = new CacheStorage<string, number>({ tier: slow, bus })
  const writer = new CacheStorage<string, number>({ tier: store, bus })
  for (const fresh of [true, false]) {
    expect(await loader.getOrSet("a", () => 1)).toBe(1)
    await loader.flush()
    if (fresh) writer.set("a", 2)
    // Its own value is still there when the message comes, and is none.
    else bus.publish({ source: "another", kind: "key", name: "a" })
    await writer.flush()
    held = true
    await arrive()
    const found = loader.fetch("a")
    await settle()
    gate.resolve()
    expect(await found).toBe(fresh ? 2 : undefined)
    await loader.flush()
    expect(store.texts.has("a")).toBe(fresh)
    await arrive()
    loader.delete("a")
    await loader.flush()
  }
})

test("a cache's own mark that waits to be written hides no later one of another cache", async () => {
  const clock = new ManualClock()
  const store = new JsonStore()
  const slow = new CacheStorage<string, number>({
    clock,
    tier: { store, write: "behind", writeDelay: "1h" },
  })
  const quick = new CacheStorage<string, number>({ clock, tier: store })
  slow.deleteTag("red")
  clock.pass(1)
  quick.set("a", 1, { tags: ["red"] })
  await quick.flush()
  clock.pass(1)
  quick.deleteTag("red")
  await quick.flush()
  expect(await slow.fetch("a")).toBeUndefined()
})

test("a loaded value that crossed another's change is told of also where one loaded anew takes its place first", async () => {
  const { bus, arrive } = slowBus()
  const store = new JsonStore()
  const behind = { store, write: "behind", writeDelay: "1h" } as const
  const loader = new CacheStorage<string, string>({ tier: behind, bus })
  const writer = new CacheStorage<string, string>({ tier: store, bus })
  const reader = new CacheStorage<string, string>({ tier: store, bus })
  const { promise, resolve } = deferred<string>()
  const loading = loader.getOrSet("a", () => promise)
  await settle()
  writer.set("a", "new")
  await writer.flush()
  resolve("old")
  await loading
  await loader.flush()
  expect(await reader.fetch("a")).toBe("old")
  await arrive()
  await reader.fetch("a")
  expect(await loader.getOrSet("a", async () => "new")).toBe("new")
  await loader.flush()
  await arrive()
  expect(await reader.fetch("a")).toBe("new")
})

test("a delete whose place a loaded value has taken is done after all where that gives way to another's change", async () => {
  const store = new JsonStore()
  const bus = new Bus()
  const { promise, resolve } = deferred<void>()
  const save = store.save.bind(store)
  vi.spyOn(store, "save").mockImplementationOnce((key, value) =>
    promise.then(() => save(key, value)),
  )
  const cache = new CacheStorage<string, string>({ tier: store, bus })
  cache.set("a", "old")
  cache.delete("a")
  expect(await cache.getOrSet("a", async () => "new")).toBe("new")
  bus.publish({ source: "another", kind: "key", name: "a" })
  resolve()
  await cache.flush()
  expect(await new CacheStorage<string, string>({ tier: store }).fetch("a")).toBeUndefined()
})

test("what was there before is not saved as newer where a load brought what is invalidated by then", async () => {
  const store = new JsonStore()
  const cache = new CacheStorage<string, string>({ tier: store })
  await cache.getOrSet("a", async () => "old")
  cache.set("b", "tagged", { tags: ["red"] })
  await cache.flush()
  const before = store.texts.get("a")
  const { promise, resolve } = deferred<string>()
  const load = (_key: string, context: LoadContext<string>) => {
    context.tags = ["red"]
    return promise
  }
  const forced = cache.getOrSet("a", load, { force: true })
  cache.deleteTag("red")
  resolve("new")
  expect(await forced).toBe("new")
  await cache.flush()
  expect(store.texts.get("a")).toBe(before)
})

test("what a forced load has found to be gone is not found in the tier again", async () => {
  const store = new JsonStore()
  const cache = new CacheStorage<string, string | undefined>({ tier: store })
  const options = { negativeTtl: 0 }
  expect(await cache.getOrSet("a", async () => "old", options)).toBe("old")
  await cache.flush()
  const forced = cache.getOrSet("a", async () => undefined, { ...options, force: true })
  expect(await forced).toBeUndefined()
  expect(await cache.fetch("a")).toBeUndefined()
  await cache.flush()
  expect(store.texts.has("a")).toBe(false)
})

test("a delete gives way to no older set that failed before it, where a loaded value has taken its place", async () => {
  const { promise, reject } = deferred<void>()
  const [store, bus] = [new JsonStore(), new Bus()]
  vi.spyOn(store, "save").mockImplementationOnce(() => promise)
  const cache = new CacheStorage<string, number>({ tier: store, bus, onError: () => {} })
  cache.set("a", 1)
  cache.delete("a")
  expect(await cache.getOrSet("a", () => 2, { force: true })).toBe(2)
  reject(new Error("tier down"))
  await settle()
  bus.publish({ source: "another", kind: "key", name: "a" })
  await cache.flush()
  expect(await new CacheStorage<string, number>({ tier: store }).fetch("a")).toBeUndefined()
})

test("a tag that is deleted and then expired before either is written is told of as both", async () => {
  const [store, bus] = [new JsonStore(), new Bus()]
  const cache = new CacheStorage<string, number>({ tier: { store, write: "behind" }, bus })
  const kinds = () => bus.sent.splice(0).map(({ kind }) => kind)
  cache.deleteTag("red")
  cache.expireTag("red")
  await cache.flush()
  expect(kinds()).toEqual(["deleteTag", "expireTag"])
  cache.expireTag("red")
  cache.deleteTag("red")
  await cache.flush()
  expect(kinds()).toEqual(["deleteTag"])
  cache.expireTag("red")
  await cache.flush()
  expect(kinds()).toEqual(["expireTag"])
})

test("a tag invalidated here while the tier answers covers what it has said by then", async () => {
  for (const invalidate of ["deleteTag", "expireTag"] as const) {
    const store = new JsonStore()
    await using first = new CacheStorage<string, string>({ tier: store })
    first.set("a", "old", { tags: ["red"] })
    await first.flush()
    const asked = deferred<void>()
    const answer = deferred<void>()
    const tier = {
      load: async (name: string) => {
        const found = await store.load(name)
        if (name.endsWith("red")) {
          asked.resolve()
          await answer.promise
        }
        return found
      },
      save: (name: string, value: unknown) => store.save(name, value),
      delete: (name: string) => store.delete(name),
    }
    await using cache = new CacheStorage<string, string>({ tier })
    const early = cache.getOrSet("a", async () => "new")
    await asked.promise
    cache[invalidate]("red")
    const late = cache.getOrSet("a", async () => "new")
    answer.resolve()
    expect(await Promise.all([early, late]), invalidate).toEqual(["new", "new"])
    expect(cache.get("a"), invalidate).toBe("new")
  }
})

/** A set of 1 that is under way when another cache, which tells or is not heard, has set 2. */
async function crossedSet(told: boolean) {
  const [store, bus] = [new JsonStore(), new Bus()]
  const { promise, resolve: answer } = deferred<void>()
  const here = new CacheStorage<string, number>({ tier: answeringLate(store, promise), bus })
  const heard = told ? { bus } : {}
  const there = new CacheStorage<string, number>({ tier: store, ...heard })
  here.set("a", 1)
  await settle()
  there.set("a", 2)
  await there.flush()
  return { here, there, bus, answer }
}

test("a set that another cache's set has overtaken in the tier does not come back while its write is answered", async () => {
  const { here, there, answer } = await crossedSet(true)
  await here.fetch("a")
  answer()
  await here.flush()
  expect(await here.fetch("a")).toBe(2)
  expect(await there.fetch("a")).toBe(2)
})

test("nor does one where the other's message may have been missed", async () => {
  const { here, bus, answer } = await crossedSet(false)
  for (const [, onReconnect] of bus.listeners) onReconnect()
  expect(await here.fetch("a")).toBe(1)
  answer()
  await here.flush()
  expect(await here.fetch("a")).toBe(2)
})

test("what is set here after another cache's change stays in memory when the write before it is answered", async () => {
  const { here, there, answer } = await crossedSet(true)
  here.set("a", 3)
  answer()
  await here.flush()
  expect(here.get("a")).toBe(3)
  expect(await there.fetch("a")).toBe(3)
})

test("a loaded value that waits to be written is given up where messages may have been missed, a set is not", async () => {
  const [store, bus] = [new JsonStore(), new Bus()]
  const tier = { store, write: "behind" } as const
  await using here = new CacheStorage<string, number>({ tier, bus })
  await using there = new CacheStorage<string, number>({ tier: store })
  await here.getOrSet("a", () => 1)
  here.set("b", 1)
  here.set("c", 1)
  await here.getOrSet("c", () => 3, { force: true })
  there.set("a", 2).set("b", 2)
  await there.flush()
  for (const [, onReconnect] of bus.listeners) onReconnect()
  await here.flush()
  const later = new CacheStorage<string, number>({ tier: store })
  expect(await Promise.all(["a", "b", "c"].map((key) => later.fetch(key)))).toEqual([2, 1, 1])
})
