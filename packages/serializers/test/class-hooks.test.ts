import assert from "node:assert/strict"
import { describe, expect, test } from "vitest"
import { type PickleClass, PickleSerializer, type PickleState } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

class Point {
  x = 1
}

const pickle = (entry: Partial<PickleClass> = {}) =>
  new PickleSerializer({ classes: [{ class: Point, name: "Point", ...entry }] })
const noState: readonly [string, unknown][] = [
  ["a Promise, as an async hook does", Promise.resolve({ x: 1 })],
  ["a Map", new Map([["x", 1]])],
  ["a Set", new Set(["x"])],
  ["an array", [1]],
  ["a Date", new Date(5)],
  ["bytes", new Uint8Array(1)],
  ["an error", new Error("x")],
  ["a boxed primitive", Object(1)],
  ["nothing", undefined],
  ["a string", "x"],
]

describe("PickleSerializer, hooks that answer no state", () => {
  test.each(noState)("save: %s is refused, with its path", (_name, state) => {
    const serializer = pickle({ save: () => state as PickleState })
    const error = failure(() => serializer.encode([new Point()]))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$[0]" } })
  })

  test.each(noState)("an upgrade: %s is refused", (_name, state) => {
    const bytes = pickle().encode(new Point())
    const serializer = pickle({ version: 2, upgrades: { 1: () => state as PickleState } })
    expect(codeOf(() => serializer.decode(bytes))).toBe("ERR_PERSIST_MIGRATION")
  })

  test("an object of a class of the program's own is a state, and so is the instance itself", () => {
    class State {
      x = 2
    }
    for (const save of [
      () => ({ x: 2 }),
      () => Object.assign(Object.create(null), { x: 2 }),
      () => new State() as unknown as PickleState,
      (point: object) => Object.assign(point, { x: 2 }),
    ]) {
      const serializer = pickle({ save })
      expect(serializer.decode(serializer.encode(new Point()))).toEqual({ x: 2 })
    }
  })
})

test.each([
  ["an error", new Error("because"), "because"],
  ["a string", "because", "because"],
  ["an object that is no text", Object.create(null), "it threw an object without a prototype"],
])("a hook that throws %s is told of with its reason", (_name, thrown, reason) => {
  const hook = () => {
    throw thrown
  }
  const bytes = pickle().encode(new Point())
  const failures = [
    failure(() => pickle({ save: hook }).encode(new Point())),
    failure(() => pickle({ create: hook }).decode(bytes)),
    failure(() => pickle({ restore: hook }).decode(bytes)),
    failure(() => pickle({ version: 2, upgrades: { 1: hook } }).decode(bytes)),
  ]
  expect(failures.map(({ code }) => code)).toEqual([
    "ERR_PERSIST_ENCODE",
    ...Array(3).fill("ERR_PERSIST_MIGRATION"),
  ])
  for (const { message } of failures) expect(message).toContain(reason)
})

test("a hook that is asynchronous is refused, and its own failure ends nothing", () => {
  const hook = async () => {
    throw new Error("unseen")
  }
  const bytes = pickle().encode(new Point())
  for (const hooks of [
    { restore: hook },
    { create: hook },
    { version: 2, upgrades: { 1: hook } },
  ] as unknown as Partial<PickleClass>[])
    expect(codeOf(() => pickle(hooks).decode(bytes))).toBe("ERR_PERSIST_MIGRATION")
  const save = hook as unknown as () => PickleState
  expect(codeOf(() => pickle({ save }).encode(new Point()))).toBe("ERR_PERSIST_ENCODE")
})

test("a class whose hooks would never be called is refused", () => {
  const hooks = { save: () => ({}), create: () => ({}), restore: () => undefined }
  for (const subject of [Object, Array, Map, Set]) {
    const entry = { class: subject, ...hooks } as unknown as PickleClass
    expect(codeOf(() => new PickleSerializer({ classes: [entry] }))).toBe(
      "ERR_PERSIST_INVALID_OPTION",
    )
  }
  class Sorted extends Map {}
  const entry = { class: Sorted, ...hooks, create: () => new Sorted() } as unknown as PickleClass
  const serializer = new PickleSerializer({ classes: [entry] })
  expect(serializer.decode(serializer.encode(new Sorted()))).toBeInstanceOf(Sorted)
})

describe("PickleSerializer, the order of restore", () => {
  class Named {
    name = ""
    parts: unknown = []
    log: string[] = []
  }
  const serializer = new PickleSerializer().register({
    class: Named,
    name: "Named",
    save: ({ name, parts }) => ({ name, parts }),
    create: () => new Named(),
    restore: (named, { name, parts }) => {
      named.log = names(parts)
      named.parts = parts
      named.name = String(name)
    },
  })
  const names = (part: unknown): string[] => {
    if (part instanceof Named) return [part.name]
    const parts = part instanceof Map ? [...part].flat() : Object.values(part as object)
    return parts.flatMap(names)
  }
  const named = (name: string, parts: unknown = []) => Object.assign(new Named(), { name, parts })

  test("what an instance holds is whole, also when it was found before it, in something else", () => {
    const deepest = named("deepest")
    const middle = named("middle", { in: [new Map([[deepest, { too: deepest }]])] })
    const outer = named("outer", [[[[middle]]]])
    for (const value of [
      { deepest, middle, outer },
      { outer, middle, deepest },
      [deepest, [outer], middle],
      [middle, [[deepest]], outer],
      new Map([
        [deepest, middle],
        [outer, deepest],
      ]),
    ]) {
      const back = serializer.decode(serializer.encode([value, outer])) as [unknown, Named]
      expect(back[1].log).toEqual(["middle"])
      const inner = (back[1].parts as [[[[Named]]]])[0][0][0][0]
      expect(inner.log).toEqual(["deepest", "deepest"])
    }
  })

  test("in a cycle, one of them waits", () => {
    const one = named("one")
    const two = named("two", [one])
    one.parts = [two, one]
    const [first, second] = serializer.decode(serializer.encode([one, two])) as [Named, Named]
    expect([first.log, second.log]).toEqual([["two", ""], [""]])
    expect([first.name, second.name]).toEqual(["one", "two"])
  })

  test("what leads back to an instance is no reason to do without what else it holds", () => {
    const inner = named("inner")
    const one = named("one")
    const page = { one, inner }
    one.parts = [page.inner, { page }]
    const outer = named("outer", { page, inner })
    const both = [
      [outer, one],
      [{ page }, inner, outer],
    ]
    for (const value of both) {
      const order: string[] = []
      const own = new PickleSerializer().register({
        class: Named,
        name: "Named",
        restore: (instance, state) => {
          order.push(String(state.name))
          Object.assign(instance, state)
        },
      })
      own.decode(own.encode(value))
      expect(order).toEqual(["inner", "one", "outer"])
    }
  })

  test("asks nothing of what create put into an instance", () => {
    class Window {
      program = program
    }
    const program: unknown = new Proxy({}, { ownKeys: () => assert.fail("the program was asked") })
    const own = new PickleSerializer()
      .register({ class: Named, name: "Named", restore: Object.assign })
      .register({ class: Window, name: "Window", save: () => ({}), create: () => new Window() })
    const shared = {}
    const value = [shared, named("one", [new Window(), shared]), named("two")]
    const [, one] = own.decode(own.encode(value)) as [unknown, Named]
    expect((one.parts as Window[])[0]?.program).toBe(program)
  })

  test("100,000 instances that each hold the one before", () => {
    const all = [named("0")]
    for (let index = 1; index < 100_000; index++) all.push(named(String(index), [all.at(-1)]))
    const back = serializer.decode(serializer.encode(all)) as Named[]
    expect(back.slice(1).every(({ log }, index) => log[0] === String(index))).toBe(true)
  })
})

describe("PickleSerializer, a create that makes no instance of its own", () => {
  test("the same object for two instances is refused", () => {
    const only = new Point()
    const serializer = pickle({ create: () => only })
    expect(serializer.decode(serializer.encode([new Point()]))).toEqual([{ x: 1 }])
    const bytes = serializer.encode([new Point(), new Point()])
    expect(codeOf(() => serializer.decode(bytes))).toBe("ERR_PERSIST_INVALID_OPTION")
  })

  test("an object that takes no properties is refused", () => {
    const bytes = pickle().encode(new Point())
    const frozen = () => Object.freeze({})
    for (const version of [1, 2]) {
      const serializer = pickle({
        create: frozen,
        version,
        upgrades: version === 1 ? {} : { 1: (state) => state },
      })
      expect(codeOf(() => serializer.decode(bytes))).toBe("ERR_PERSIST_MIGRATION")
    }
  })
})
