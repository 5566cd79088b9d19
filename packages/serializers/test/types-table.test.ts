import { JsonSerializer, PersistError, type Serializer } from "@persist/core"
import { Temporal } from "temporal-polyfill"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer, temporalClasses } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { codeOf, failure } from "./failure.ts"
import { difference } from "./same-graph.ts"

class Point {
  x = 1
  self: unknown = undefined
}

class AppError extends Error {
  code = 42
}

/** What happens to a value: it comes back the same, it is refused, or (trees only) a second reference becomes a copy. */
type Outcome = "kept" | "refused" | "copied"

const formats: Record<string, Serializer> = {
  json: new JsonSerializer(),
  msgpack: new MsgpackSerializer(),
  yaml: new YamlSerializer(),
  pickle: new PickleSerializer({ classes: [{ class: Point }, ...temporalClasses(Temporal)] }),
}

const object: Record<string, unknown> = {}
object.self = object
const array: unknown[] = []
array.push(array)
const map = new Map<unknown, unknown>()
map.set("self", map).set(map, 1)
const set = new Set<unknown>()
set.add(set)
const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer
const shared = { a: 1 }
const instance = new Point()
const circular = new Point()
circular.self = [circular]
const pattern = /a\/b/giu
pattern.lastIndex = 3
const named = Object.defineProperty(new AppError("x", { cause: new TypeError("y") }), "name", {
  value: "AppError",
  enumerable: false,
  writable: true,
  configurable: true,
})
const views = [
  new Uint8Array([1, 2]),
  new Int8Array([-1]),
  new Uint8ClampedArray([255]),
  new Int16Array([-300]),
  new Uint16Array([300]),
  new Int32Array([-70_000]),
  new Uint32Array([70_000]),
  new BigInt64Array([-5n]),
  new BigUint64Array([5n]),
  new Float32Array([1.5]),
  new Float64Array([Number.NaN, -0]),
]

/** The rows of the table: the value, then the outcome in JSON, MessagePack, YAML and Pickle. */
const rows: [name: string, value: unknown, ...outcomes: Outcome[]][] = [
  ["undefined property", { a: undefined }, "refused", "refused", "refused", "kept"],
  ["undefined", [undefined], "refused", "refused", "refused", "kept"],
  ["NaN", [Number.NaN], "refused", "kept", "kept", "kept"],
  [
    "Infinity",
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    "refused",
    "kept",
    "kept",
    "kept",
  ],
  ["-0", [-0], "refused", "kept", "kept", "kept"],
  ["Date", [new Date(1234567890123)], "refused", "kept", "refused", "kept"],
  ["Date before 1970", [new Date(-1)], "refused", "kept", "refused", "kept"],
  ["invalid Date", [new Date(Number.NaN)], "refused", "refused", "refused", "kept"],
  [
    "BigInt of 64 bits",
    [5n, -5n, 2n ** 64n - 1n, -(2n ** 63n)],
    "refused",
    "kept",
    "refused",
    "kept",
  ],
  ["huge BigInt", [2n ** 64n, -(3n ** 500n)], "refused", "refused", "refused", "kept"],
  [
    "Map",
    [
      new Map<unknown, unknown>([
        ["a", 1],
        [{}, 2],
      ]),
    ],
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  ["Set", [new Set([1, "a", null])], "refused", "refused", "refused", "kept"],
  ["Uint8Array", [new Uint8Array([1, 2, 3])], "refused", "kept", "refused", "kept"],
  ["typed arrays", views, "refused", "refused", "refused", "kept"],
  ["ArrayBuffer", [buffer], "refused", "refused", "refused", "kept"],
  ["DataView", [new DataView(buffer, 2, 3)], "refused", "refused", "refused", "kept"],
  ["Buffer", [Buffer.from("abc")], "refused", "refused", "refused", "kept"],
  [
    "shared backing buffer",
    [new Uint8Array(buffer, 1), new Float32Array(buffer, 4, 1)],
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  ["URL", [new URL("https://a/b?c#d")], "refused", "refused", "refused", "kept"],
  ["URLSearchParams", [new URLSearchParams("a=1&a=2")], "refused", "refused", "refused", "kept"],
  ["Temporal", [Temporal.PlainDate.from("2026-11-26")], "refused", "refused", "refused", "kept"],
  ["RegExp with lastIndex", [pattern], "refused", "refused", "refused", "kept"],
  [
    "Error with cause",
    [new RangeError("x", { cause: new TypeError("y") })],
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  [
    "AggregateError",
    [new AggregateError([new Error("1")], "all")],
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  ["object cycle", object, "refused", "refused", "kept", "kept"],
  ["array cycle", array, "refused", "refused", "kept", "kept"],
  ["Map and Set cycles", [map, set], "refused", "refused", "refused", "kept"],
  ["shared references", { a: shared, b: shared }, "copied", "copied", "kept", "kept"],
  ["registered class", [instance], "refused", "refused", "refused", "kept"],
  ["class in a cycle", [circular], "refused", "refused", "refused", "kept"],
  ["unregistered class", [new (class Other {})()], "refused", "refused", "refused", "refused"],
  ["registry symbol", [Symbol.for("a")], "refused", "refused", "refused", "kept"],
  ["symbol", [Symbol("a")], "refused", "refused", "refused", "refused"],
  ["symbol key", { [Symbol.for("a")]: 1 }, "refused", "refused", "refused", "kept"],
  ["sparse array", Object.assign([], { 0: 1, 5: 2 }), "refused", "refused", "refused", "kept"],
  ["array with a property", Object.assign([1], { a: 2 }), "refused", "refused", "refused", "kept"],
  ["own __proto__", JSON.parse('{"__proto__":{"a":1}}'), "kept", "kept", "kept", "kept"],
  ["lone surrogate", ["\ud800", "a\udc00b"], "kept", "refused", "kept", "kept"],
  ["lone surrogate in a key", { "\ud800": 1 }, "kept", "refused", "kept", "kept"],
  [
    "null prototype",
    Object.assign(Object.create(null), { a: 1 }),
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  [
    "boxed primitives",
    [Object(1), Object("a"), Object(1n), Object(true)],
    "refused",
    "refused",
    "refused",
    "kept",
  ],
  ["function", [() => 1], "refused", "refused", "refused", "refused"],
  [
    "Map with a property",
    [Object.assign(new Map(), { a: 1 })],
    "refused",
    "refused",
    "refused",
    "refused",
  ],
  [
    "typed array with a property",
    [Object.assign(new Uint8Array(100), { a: 1 })],
    "refused",
    "refused",
    "refused",
    "refused",
  ],
  ["Promise", [Promise.resolve()], "refused", "refused", "refused", "refused"],
  ["WeakMap", [new WeakMap()], "refused", "refused", "refused", "refused"],
  ["Proxy of a function", [new Proxy(() => 1, {})], "refused", "refused", "refused", "refused"],
  ["null", null, "kept", "kept", "kept", "kept"],
  [
    "plain data",
    { a: [1, 2.5, -3, 2 ** 40, 1e300, "é😀", "", true, null, {}, []] },
    "kept",
    "kept",
    "kept",
    "kept",
  ],
]

describe.each(Object.keys(formats).map((name, column) => [name, column] as const))(
  "%s loses nothing silently",
  (name, column) => {
    test.each(rows)("%s", (_row, value, ...outcomes) => {
      const serializer = formats[name]!
      let outcome: Outcome
      try {
        const problem = difference(serializer.decode(serializer.encode(value)), value)
        outcome = problem === undefined ? "kept" : "copied"
        if (problem !== undefined) expect(problem).toMatch(/: identity$/)
      } catch (error) {
        expect(PersistError.is(error, "ERR_PERSIST_ENCODE"), String(error)).toBe(true)
        outcome = "refused"
      }
      expect(outcome).toBe(outcomes[column])
    })
  },
)

test("an Error subclass that is not registered keeps its name, cause and properties", () => {
  const back = formats.pickle!.decode(formats.pickle!.encode(named)) as AppError
  expect(back).toBeInstanceOf(Error)
  expect(back).toMatchObject({ name: "AppError", message: "x", code: 42 })
  expect(back.cause).toBeInstanceOf(TypeError)
  expect(back.stack).toBe(named.stack)
})

test("where a second reference would become a copy, it is refused on request", () => {
  const inside = { a: 1 }
  const bytes = new Uint8Array(2)
  const trees = [
    new JsonSerializer({ shared: "throw" }),
    new MsgpackSerializer({ shared: "throw" }),
  ]
  for (const tree of trees) {
    expect(tree.decode(tree.encode([{ a: 1 }, { a: 1 }]))).toEqual([{ a: 1 }, { a: 1 }])
    expect(failure(() => tree.encode({ list: [inside, { deep: inside }] }))).toMatchObject({
      code: "ERR_PERSIST_ENCODE",
      details: { path: "$.list[1].deep" },
    })
  }
  expect(codeOf(() => trees[1]!.encode([bytes, bytes]))).toBe("ERR_PERSIST_ENCODE")
  let deep: unknown = inside
  for (let level = 0; level < 300; level++) deep = [deep]
  for (const tree of trees) {
    expect(codeOf(() => tree.encode([inside, deep]))).toBe("ERR_PERSIST_ENCODE")
    expect(tree.decode(tree.encode(deep))).toEqual(deep)
  }
})

test("shared objects that unfold to billions are refused long before so many are written", () => {
  let reads = 0
  const leaf = {
    get value() {
      reads++
      return 1
    },
  }
  let deep: unknown = leaf
  for (let level = 0; level < 40; level++)
    deep = level % 2 === 0 ? [deep, deep] : { a: deep, b: deep }
  const trees = [
    new JsonSerializer(),
    new JsonSerializer({ canonical: true }),
    new MsgpackSerializer(),
    new YamlSerializer(),
  ]
  for (const tree of trees) expect(codeOf(() => tree.encode(deep))).toBe("ERR_PERSIST_LIMIT")
  // Strict JSON looks at as many as are allowed; nothing else comes near.
  expect(reads).toBeLessThan(5_000_000)
  const unlimited = { limits: { nodes: Number.POSITIVE_INFINITY, bytes: 2 ** 24 } }
  expect(failure(() => new MsgpackSerializer(unlimited).encode(deep))).toMatchObject({
    details: { limit: "bytes" },
  })
  expect(
    failure(() => new JsonSerializer({ canonical: true, ...unlimited }).encode(deep)),
  ).toMatchObject({
    details: { limit: "bytes" },
  })
  const wide = Array(300_000).fill(leaf)
  for (const tree of trees.slice(0, 3))
    expect(tree.decode(tree.encode([wide, wide]))).toHaveLength(2)
})
