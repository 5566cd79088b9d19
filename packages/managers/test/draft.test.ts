import { setImmediate as nextTurn } from "node:timers/promises"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { produce } from "../src/states/live/draft.ts"

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Change = (value: Json, pick: number, other: Json) => void

const isContainer = (value: unknown): value is Json[] | { [name: string]: Json } =>
  typeof value === "object" && value !== null

/** Walks to some container inside the value, by `pick`. */
function inside(value: Json, pick: number): Json {
  let current = value
  for (let rest = pick; rest > 0; rest >>= 2) {
    const inner: Json[] = Object.values(current as object).filter(isContainer)
    if (inner.length === 0) break
    current = inner[rest % inner.length]!
  }
  return current
}

const changes: Record<string, Change> = {
  set: (value, pick, other) => {
    const at = inside(value, pick)
    if (Array.isArray(at)) at[pick % (at.length + 1)] = other
    else if (isContainer(at)) at[["a", "b", "c"][pick % 3]!] = other
  },
  remove: (value, pick) => {
    const at = inside(value, pick)
    if (Array.isArray(at)) at.splice(pick % (at.length + 1), 1)
    else if (isContainer(at)) delete at[Object.keys(at)[0] ?? ""]
  },
  push: (value, pick, other) => {
    const at = inside(value, pick)
    if (Array.isArray(at)) at.push(other, other)
  },
  move: (value, pick) => {
    const at = inside(value, pick)
    if (Array.isArray(at)) at.reverse()
    else if (isContainer(at)) at.moved = inside(at, pick >> 1) === at ? 1 : inside(at, pick >> 1)
  },
  sort: (value, pick) => {
    const at = inside(value, pick)
    if (Array.isArray(at)) at.sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1))
  },
  wrap: (value, pick) => {
    const at = inside(value, pick)
    if (Array.isArray(at) && at.length > 0) at[0] = { wrapped: at[0]! }
  },
}

const json = fc
  .oneof(fc.array(fc.jsonValue(), { minLength: 1 }), fc.object({ maxDepth: 3 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)

test("a draft changes as the value itself would, and leaves the base alone", () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(changes)), fc.nat(255), json)
  fc.assert(
    fc.property(json, fc.array(step, { maxLength: 12, size: "max" }), (base, steps) => {
      const text = JSON.stringify(base)
      const expected = JSON.parse(text) as Json
      const copies = JSON.parse(JSON.stringify(steps)) as typeof steps
      for (const [kind, pick, other] of copies) changes[kind]!(expected, pick, other)
      const next = produce(base, (draft) => {
        for (const [kind, pick, other] of steps) changes[kind]!(draft, pick, other)
      })
      expect(JSON.stringify(next)).toBe(JSON.stringify(expected))
      expect(JSON.stringify(base)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test("what is not changed is shared, and no change gives the base", () => {
  const base = { a: { x: 1 }, b: { y: [1, 2] } }
  expect(produce(base, (draft) => void draft.b.y.map((n) => n + 1))).toBe(base)
  const next = produce(base, (draft) => {
    draft.b.y.push(3)
  })
  expect(next.a).toBe(base.a)
  expect(next).toEqual({ a: { x: 1 }, b: { y: [1, 2, 3] } })
})

test("a promise is refused, and what becomes of it ends no process", async () => {
  const rejections: unknown[] = []
  const note = (reason: unknown) => void rejections.push(reason)
  process.on("unhandledRejection", note)
  onTestFinished(() => void process.off("unhandledRejection", note))
  const base = { a: 1 }
  const late = async (draft: typeof base) => {
    await nextTurn()
    draft.a = 2
  }
  expect(() => produce<object>(base, late as never)).toThrow(/promise/)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  expect(rejections).toEqual([])
  expect(base).toEqual({ a: 1 })
})

test("a returned value replaces, a promise is refused", () => {
  expect(produce<unknown>({ a: 1 }, () => [2])).toEqual([2])
  expect(produce<number>(1, (n) => n + 1)).toBe(2)
  expect(() => produce<object>({ a: 1 }, async () => ({}))).toThrow(/promise/)
})

test("what is kept of a draft does not reach into the value when its update has returned", () => {
  const base = { a: { b: 1 }, same: { c: 1 }, list: [1] }
  let kept = base
  const next = produce(base, (draft) => {
    kept = draft
    draft.a.b = 2
  })
  expect(kept).toEqual({ a: { b: 2 }, same: { c: 1 }, list: [1] })
  expect(next.same).toBe(base.same)
  const changes = [
    () => {
      kept.a = { b: 3 }
    },
    () => Reflect.deleteProperty(kept, "a"),
    () => Object.assign(kept, { z: 1 }),
  ]
  for (const change of changes) {
    expect(change).toThrow(expect.objectContaining({ code: "ERR_PERSIST_CLOSED" }))
  }
  expect(next).toEqual({ a: { b: 2 }, same: { c: 1 }, list: [1] })
})

test("a frozen list that holds drafts stays a list", () => {
  const next = produce<{ a: object; list?: unknown }>({ a: { b: 1 } }, (draft) => {
    Object.assign(draft.a, { b: 2 })
    draft.list = Object.freeze([draft.a])
  })
  expect(next).toEqual({ a: { b: 2 }, list: [{ b: 2 }] })
})

test("what is frozen, or has a getter, can be looked through in a draft like anything else", () => {
  const base = Object.freeze({
    list: Object.freeze([Object.freeze({ n: 1 })]),
    get half() {
      return 0.5
    },
  }) as { list: { n: number }[]; half: number; names?: string[] }
  const next = produce(base, (draft) => {
    draft.names = [...Object.keys(draft.list), ...Object.keys(draft)]
    Object.assign(draft.list, { 1: { n: 2 } })
    for (const one of Object.values(draft.list)) one.n += draft.half
    expect(Object.getOwnPropertyDescriptor(draft.list, "length")).toEqual({
      value: 2,
      writable: true,
      enumerable: false,
      configurable: false,
    })
  })
  expect(next).toEqual({ list: [{ n: 1.5 }, { n: 2.5 }], half: 0.5, names: ["0", "list", "half"] })
  expect(base).toEqual({ list: [{ n: 1 }], half: 0.5 })
})

test.each([
  ["frozen", (draft: object) => Object.freeze(draft)],
  ["given another prototype", (draft: object) => Object.setPrototypeOf(draft, null)],
])("a draft cannot be %s, which is said, and does no harm", (_name, change) => {
  const next = produce({ list: [1], inner: { n: 1 } }, (draft) => {
    expect(() => change(draft.list)).toThrow(TypeError)
    expect(() => change(draft.inner)).toThrow(TypeError)
    draft.list.push(2)
    draft.inner.n++
  })
  expect(next).toEqual({ list: [1, 2], inner: { n: 2 } })
})
