import { runInNewContext } from "node:vm"
import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers/pickle"
import { describe, expect, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { produce } from "../src/states/live/draft.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

class Hero {
  life = 3
}

const makeBase = () => ({
  when: new Date(0),
  tags: new Set(["a"]),
  heroes: new Map<string, unknown>([["first", { life: 1 }]]),
  bytes: Buffer.from("abc"),
  other: { n: 1 } as Record<string, unknown>,
})

const makeForeign = () => ({
  when: new Date(5),
  map: new Map([["a", 1]]),
  set: new Set(["a"]),
  bytes: new Uint8Array(1),
  view: new DataView(new ArrayBuffer(1)),
  mine: new Map(),
})

describe("the draft of a live state", () => {
  test("takes changes of maps, sets, dates and bytes, and leaves the value before", () => {
    const base = makeBase()
    const next = produce(base, (draft) => {
      draft.when.setTime(5)
      draft.tags.add("b")
      ;(draft.heroes.get("first") as Hero).life = 9
      draft.bytes[0] = 120
    })
    expect(base).toEqual(makeBase())
    expect(next.when.getTime()).toBe(5)
    expect([...next.tags]).toEqual(["a", "b"])
    expect(next.heroes.get("first")).toEqual({ life: 9 })
    expect(next.bytes.toString()).toBe("xbc")
    expect(next.other).toBe(base.other)
  })

  test("sees no change in what was only read", () => {
    const base = makeBase()
    const read = (draft: typeof base) =>
      void [draft.when.getTime(), draft.tags.has("a"), [...draft.heroes], draft.bytes[0]]
    expect(produce(base, read)).toBe(base)
    const next = produce(base, (draft) => {
      read(draft)
      draft.other.n = 2
    })
    expect(next.heroes).toBe(base.heroes)
    expect(next.tags).toBe(base.tags)
  })

  test("takes another order of a map's entries, or of a set's items, for the change that it is", () => {
    const base = {
      map: new Map([
        ["a", { x: 1, y: 2 }],
        ["b", { x: 1, y: 2 }],
      ]),
      set: new Set([1, 2]),
    }
    const toEnd = (map: typeof base.map) => {
      const first = map.get("a")!
      map.delete("a")
      map.set("a", first)
    }
    const next = produce(base, ({ map, set }) => {
      toEnd(map)
      set.delete(1)
      set.add(1)
    })
    expect([...next.map.keys()]).toEqual(["b", "a"])
    expect([...next.set]).toEqual([2, 1])
    expect([...produce(base.map, toEnd).keys()]).toEqual(["b", "a"])
    expect([...base.map.keys(), ...base.set]).toEqual(["a", "b", 1, 2])
  })

  test("reads a map that holds itself", () => {
    const base = { map: new Map<string, unknown>() }
    base.map.set("self", base.map).set("list", [base.map])
    expect(produce(base, (draft) => void draft.map.get("self"))).toBe(base)
    const next = produce(base, (draft) => void draft.map.set("n", 1))
    expect(next.map.get("self")).toBe(next.map)
    expect([base.map.size, next.map.size]).toEqual([2, 3])
  })

  test("takes changes of dates made before, while and after a test replaced the clock", () => {
    const read = ({ at }: { at: Date }) => void at.getTime()
    const change = ({ at }: { at: Date }) => void at.setTime(9)
    const check = (base: { at: Date }) => {
      expect(produce(base, read)).toBe(base)
      const next = produce(base, change)
      expect([base.at.getTime(), next.at.getTime()]).toEqual([5, 9])
      expect(pickle.decode(pickle.encode(next))).toEqual({ at: new Date(9) })
    }
    const pickle = new PickleSerializer()
    const real = { at: new Date(5) }
    vi.useFakeTimers()
    let faked: { at: Date }
    try {
      faked = { at: new Date(5) }
      check(real)
      check(faked)
    } finally {
      vi.useRealTimers()
    }
    check(real)
    check(faked)
  })

  test("takes changes of what is of another realm, and keeps what is of a class as it is", () => {
    const code = `({
      when: new Date(5), map: new Map([["a", 1], ["b", 2]]), set: new Set(["a"]), bytes: new Uint8Array(1),
      view: new DataView(new ArrayBuffer(1)), mine: new (class Mine extends Map {})(),
    })`
    const base: ReturnType<typeof makeForeign> = runInNewContext(code)
    const here = ({ when, map, set, bytes }: typeof base) => [
      when.getTime(),
      [...map.keys()],
      [...set],
      bytes[0],
    ]
    const read = (draft: typeof base) => void [draft.when, draft.map, draft.set, draft.bytes]
    expect(produce(base, read)).toBe(base)
    const next = produce(base, (draft) => {
      draft.when.setTime(6)
      draft.map.delete("a")
      draft.map.set("a", 1)
      draft.set.add("b")
      draft.bytes[0] = 1
      expect([draft.view, draft.mine]).toEqual([base.view, base.mine])
    })
    expect([next.view === base.view, next.mine === base.mine]).toEqual([true, true])
    expect(here(base)).toEqual([5, ["a", "b"], ["a"], 0])
    expect(here(next)).toEqual([6, ["b", "a"], ["a", "b"], 1])
  })

  test("keeps the properties that a map or a date has of its own", () => {
    const base = { map: Object.assign(new Map([["a", 1]]), { note: "n" }) }
    expect(produce(base, (draft) => void draft.map.get("a"))).toBe(base)
    const next = produce(base, (draft) => void draft.map.set("a", 2))
    expect([next.map.note, next.map.get("a"), base.map.get("a")]).toEqual(["n", 2, 1])
  })

  test("compares sets of objects in which nothing stands too", () => {
    // Node 24 throws when it compares these two.
    const base = { set: new Set<object | null>([[1], { a: 1 }, {}]) }
    const change = (set: Set<object | null>) => {
      set.clear()
      for (const item of [null, { a: 1 }, {}]) set.add(item)
    }
    expect(produce(base, (draft) => change(draft.set)).set).toEqual(new Set([null, { a: 1 }, {}]))
    expect(produce(base.set, change)).toEqual(new Set([null, { a: 1 }, {}]))
  })

  test("keeps class instances inside a map as they are", () => {
    const base = { heroes: new Map([["first", new Hero()]]) }
    const next = produce(base, (draft) => void draft.heroes.set("second", new Hero()))
    expect(next.heroes.get("first")).toBeInstanceOf(Hero)
    expect([base.heroes.size, next.heroes.size]).toEqual([1, 2])
  })

  test("changes a map that is the whole value", () => {
    const base = new Map([["a", { n: 1 }]])
    const next = produce(base, (draft) => {
      draft.get("a")!.n = 2
    })
    expect([base.get("a"), next.get("a")]).toEqual([{ n: 1 }, { n: 2 }])
    expect(produce(base, (draft) => void draft.get("a"))).toBe(base)
  })

  test("leaves no draft in the value, wherever one was put", () => {
    const base = { ...makeBase(), list: [{ n: 1 }] }
    const next = produce(base, (draft) => {
      draft.heroes.set("other", draft.other)
      draft.other = Object.freeze({ inner: draft.list, set: new Set([draft.list[0]]) })
      draft.list.push({ n: 2 })
    })
    const copy = structuredClone({ heroes: next.heroes, other: next.other, list: next.list })
    expect(copy.heroes.get("other")).toEqual({ n: 1 })
    expect(copy.other.inner).toEqual([{ n: 1 }, { n: 2 }])
  })

  test("may hold itself", () => {
    const next = produce(makeBase(), (draft) => {
      draft.other.self = draft.other
      const ring: Record<string, unknown> = {}
      ring.ring = ring
      draft.heroes.set("ring", ring)
      draft.other.ring = ring
    })
    expect(next.other.self).toBe(next.other)
    expect(structuredClone(next.other)).toBeDefined()
  })

  test("is saved and undone", async () => {
    const serializer = new PickleSerializer()
    await using storage = new FileStorage({ directory: temporaryDirectory(), serializer })
    const states = new StateManager({ storage })
    await using live = await states.open("live", { initial: { tags: new Set<string>() } })
    await live.flush()
    live.update((draft) => void draft.tags.add("a"))
    expect(live.isDirty).toBe(true)
    await live.flush()
    expect(await states.loadState("live")).toEqual({ tags: new Set(["a"]) })
    live.undo()
    expect(live.value.tags.size).toBe(0)
  })
})
