import { types } from "node:util"
import { describe, expect, test } from "vitest"
import { produce } from "../src/states/live/draft.ts"

/** Whether a draft is left anywhere in the value. */
function holdsDraft(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  if (types.isProxy(value)) return true
  const members = value instanceof Map || value instanceof Set ? value : Object.values(value)
  return [...members].flat().some(holdsDraft)
}

describe("A draft", () => {
  test("takes what is there already for no change, and undefined where nothing was for one", () => {
    const base: Record<string, unknown> = { n: 1, none: undefined, nan: Number.NaN, list: [1] }
    expect(produce(base, (draft) => void Object.assign(draft, draft))).toBe(base)
    const more = produce(base, (draft) => {
      draft.more = undefined
    })
    expect(Object.keys(more)).toEqual([...Object.keys(base), "more"])
  })

  test("counts before what its recipe returns", () => {
    expect(produce({ n: 1 }, (draft) => draft.n++ as never)).toEqual({ n: 2 })
  })

  test("has __proto__ as a member like any other", () => {
    const empty: Record<string, unknown> = {}
    const value = produce(empty, (draft) => void Reflect.set(draft, "__proto__", { n: 1 }))
    expect(JSON.stringify(value)).toBe('{"__proto__":{"n":1}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    const without = produce(value, (draft) => void Reflect.deleteProperty(draft, "__proto__"))
    expect(JSON.stringify(without)).toBe("{}")
  })

  test("answers what objects are asked, and takes values that are defined, no accessors", () => {
    const value = produce({ a: 1 } as Record<string, unknown>, (draft) => {
      expect(["a", "b"].map((name) => Object.hasOwn(draft, name))).toEqual([true, false])
      const plain = { enumerable: true, configurable: true, writable: true }
      Object.defineProperty(draft, "b", { value: 2, ...plain })
      expect(() => Object.defineProperty(draft, "c", { get: () => 3 })).toThrow(TypeError)
    })
    expect(value).toEqual({ a: 1, b: 2 })
  })

  test("gives one copy of a map, which may take drafts", () => {
    const base = { map: new Map<string, unknown>(), item: { n: 1 } }
    const value = produce(base, (draft) => {
      expect(draft.map).toBe(draft.map)
      draft.map.set("item", draft.item)
    })
    expect(holdsDraft(value)).toBe(false)
    expect(value.map.get("item")).toBe(base.item)
    expect(base.map.size).toBe(0)
  })
})

describe("What is put into another live state while its draft goes on", () => {
  const base = { item: { n: 1, deep: { m: 1 } }, tags: new Map([["a", 1]]) }
  const takers = {
    "a list": (given: unknown) =>
      produce({ list: [] as unknown[] }, (d) => void d.list.push(given)),
    "a map": (given: unknown) =>
      produce({ map: new Map<string, unknown>() }, (d) => void d.map.set("x", given)),
    "the value": (given: unknown) => produce({ none: 0 } as object, () => given as object),
    "the value after none": (given: unknown) => produce(null as unknown, () => given),
  }

  test("a map is there as it was", () => {
    let taken: unknown
    const value = produce(base, (draft) => {
      draft.tags.set("b", 2)
      taken = takers["a list"](draft.tags)
      draft.tags.set("c", 3)
    })
    expect(taken).toEqual({ list: [new Map(Object.entries({ a: 1, b: 2 }))] })
    expect([...value.tags.keys()]).toEqual(["a", "b", "c"])
  })

  test("a map that is the value is there as it was", () => {
    let taken: unknown
    const value = produce(new Map([["a", 1]]), (draft) => {
      taken = takers["a list"](draft)
      draft.set("b", 2)
    })
    expect(taken).toEqual({ list: [new Map([["a", 1]])] })
    expect([...value.keys()]).toEqual(["a", "b"])
  })

  test.each(Object.entries(takers))("is there as it was, as %s", (_, take) => {
    let taken: unknown
    let text = ""
    const value = produce(base, (draft) => {
      draft.item.n = 2
      taken = take(draft.item)
      text = JSON.stringify(taken, (_, one) => (one instanceof Map ? [...one] : one))
      draft.item.n = 3
      draft.item.deep.m = 4
    })
    expect(text).toContain('{"n":2,"deep":{"m":1}}')
    expect(JSON.stringify(taken, (_, one) => (one instanceof Map ? [...one] : one))).toBe(text)
    expect(value).toEqual({ ...base, item: { n: 3, deep: { m: 4 } } })
    expect([taken, value].some(holdsDraft)).toBe(false)
  })
})
