import assert from "node:assert/strict"
import { runInNewContext } from "node:vm"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { JsonSerializer, type JsonSerializerOptions, PersistError } from "../src/index.ts"

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (json: string) => new TextEncoder().encode(json)
const encode = (value: unknown, options?: JsonSerializerOptions) =>
  text(new JsonSerializer(options).encode(value))
const decode = (json: string, options?: JsonSerializerOptions) =>
  new JsonSerializer(options).decode(bytes(json))

function failure(run: () => unknown): PersistError {
  try {
    run()
  } catch (error) {
    assert(PersistError.is(error))
    return error
  }
  throw new assert.AssertionError({ message: "nothing was thrown" })
}

describe("JsonSerializer, strict", () => {
  const cycle: Record<string, unknown> = { list: [1] }
  ;(cycle.list as unknown[]).push(cycle)
  const extra = Object.assign([1, 2], { name: "x" })
  const long = Object.assign(Array(20).fill(0), { name: "x" })
  const sparse = [1, 2, 3]
  delete sparse[1]
  class Point {
    x = 1
  }
  const refused: Record<string, [value: unknown, path: string]> = {
    undefined: [undefined, "$"],
    "undefined in an object": [{ a: undefined }, "$.a"],
    "undefined in an array": [[1, undefined], "$[1]"],
    NaN: [{ items: [0, { when: Number.NaN }] }, "$.items[1].when"],
    Infinity: [[Number.POSITIVE_INFINITY], "$[0]"],
    "-0": [{ "a b": -0 }, '$["a b"]'],
    BigInt: [{ n: 1n }, "$.n"],
    Map: [{ m: new Map() }, "$.m"],
    Set: [[new Set()], "$[0]"],
    Date: [{ items: [{ when: new Date(0) }] }, "$.items[0].when"],
    "invalid Date": [{ d: new Date(Number.NaN) }, "$.d"],
    function: [{ f: () => 1 }, "$.f"],
    symbol: [{ s: Symbol.iterator }, "$.s"],
    "symbol key": [{ a: { [Symbol.iterator]: 1 } }, "$.a"],
    cycle: [cycle, "$.list[1]"],
    hole: [{ a: sparse }, "$.a[1]"],
    "array with a property": [{ a: extra }, "$.a"],
    "long array with a property": [{ a: long }, "$.a"],
    class: [[new Point()], "$[0]"],
    "array of a class": [[new (class Rows extends Array {})()], "$[0]"],
    "no prototype": [{ a: Object.create(null) }, "$.a"],
    Buffer: [{ b: Buffer.from("x") }, "$.b"],
    RegExp: [[/x/], "$[0]"],
    URL: [[new URL("http://a")], "$[0]"],
    boxed: [[Object(1)], "$[0]"],
  }
  test.each(Object.entries(refused))("refuses %s and names the path", (_name, [value, path]) => {
    const error = failure(() => encode(value))
    expect(error.code).toBe("ERR_PERSIST_ENCODE")
    expect(error.details).toMatchObject({ path })
    expect(error.message).toContain(path)
  })

  test("decodes to the same value, or refuses", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
          withBoxedValues: true,
          withUnicodeString: true,
        }),
        (value) => {
          let encoded: Uint8Array
          try {
            encoded = new JsonSerializer().encode(value)
          } catch (error) {
            return PersistError.is(error, "ERR_PERSIST_ENCODE")
          }
          assert.deepStrictEqual(new JsonSerializer().decode(encoded), value)
          return true
        },
      ),
    )
  })

  test("writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.nat(10), (value, indent) => {
        fc.pre(!hasNegativeZero(value))
        expect(encode(value, { indent })).toBe(JSON.stringify(value, undefined, indent))
        expect(encode(value, { indent, lenient: true })).toBe(
          JSON.stringify(value, undefined, indent),
        )
        // With something that JSON does not hold, all of it is written another way.
        const more = [value, { value, left: undefined }, undefined]
        expect(encode(more, { indent, lenient: true })).toBe(
          JSON.stringify(more, undefined, indent),
        )
      }),
    )
  })

  test("keeps __proto__, constructor and lone surrogates as data", () => {
    const json = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}},"a":"\\ud800"}'
    const value = decode(json) as Record<string, unknown>
    expect(Object.hasOwn(value, "__proto__")).toBe(true)
    expect(encode(value, { indent: 0 })).toBe(json)
    expect(encode(value, { indent: 0, lenient: true })).toBe(json)
    expect(encode([value, undefined], { indent: 0, lenient: true })).toBe(`[${json},null]`)
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
  })

  test("writes and reads 100,000 levels", () => {
    let value: unknown[] = []
    for (let level = 1; level < 100_000; level++) value = [value]
    const json = encode(value, { indent: 0 })
    expect(json.length).toBe(200_000)
    expect(encode(decode(json), { indent: 0 })).toBe(json)
    expect(encode([value, undefined], { indent: 0, lenient: true })).toBe(`[${json},null]`)
    let indented: unknown
    for (let level = 0; level < 200; level++) indented = [indented, level]
    expect(encode(indented, { lenient: true })).toBe(JSON.stringify(indented, undefined, 2))
  })
})

function hasNegativeZero(value: unknown): boolean {
  if (Object.is(value, -0)) return true
  return typeof value === "object" && value !== null && Object.values(value).some(hasNegativeZero)
}

test("a deep value that is indented ends at limits.bytes, not in all memory", () => {
  let deep: unknown[] = []
  for (let level = 1; level < 100_000; level++) deep = [deep]
  expect(failure(() => encode(deep))).toMatchObject({
    code: "ERR_PERSIST_LIMIT",
    details: { limit: "bytes" },
  })
})

describe("JsonSerializer, lenient", () => {
  test("makes strings of dates and unknown objects", () => {
    class Named {
      toString() {
        return "a name"
      }
    }
    const value = {
      when: new Date(0),
      named: new Named(),
      url: new URL("http://a/b"),
      pattern: /x/g,
      big: 12n,
      nothing: undefined,
      list: [undefined, Number.NaN, -0],
      map: new Map([["__proto__", 1]]),
      set: new Set([1]),
      bytes: new Uint8Array([1, 2]),
    }
    expect(JSON.parse(encode(value, { lenient: true }))).toEqual({
      when: "1970-01-01T00:00:00.000Z",
      named: "a name",
      url: "http://a/b",
      pattern: "/x/g",
      big: "12",
      list: [null, null, 0],
      map: JSON.parse('{"__proto__":1}'),
      set: [1],
      bytes: [1, 2],
    })
  })

  test("makes of what is of another realm what it makes of its like here", () => {
    const code = `[new Date(0), new Map([["a", 1]]), new Set([1]), new Uint8Array([1]), Object("a")]`
    const json = encode(runInNewContext(code), { lenient: true })
    expect(JSON.parse(json)).toEqual(["1970-01-01T00:00:00.000Z", { a: 1 }, [1], [1], "a"])
  })

  test("says where something cannot be made a string", () => {
    const value = {
      a: [{ b: new URLSearchParams(), toString: () => 1 }, new Proxy(new Date(), {})],
    }
    const error = failure(() => encode(value, { lenient: true }))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$.a[1]" } })
  })

  test("reads the NaN and Infinity that Python writes, outside strings only", () => {
    const json = '{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, Infinity", "d": 0}'
    expect(decode(json, { lenient: true })).toEqual({
      a: Number.NaN,
      b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      c: "NaN, Infinity",
      d: 0,
    })
    expect(failure(() => decode(json)).code).toBe("ERR_PERSIST_DECODE")
  })

  test("still refuses a cycle", () => {
    const map = new Map<string, unknown>()
    map.set("self", { map })
    const error = failure(() => encode(map, { lenient: true }))
    expect(error.details).toMatchObject({ path: "$.self.map" })
  })
})

describe("JsonSerializer, options", () => {
  test("indents by 2 unless told", () => {
    expect(encode({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}')
    expect(encode({ a: [1] }, { indent: "\t" })).toBe('{\n\t"a": [\n\t\t1\n\t]\n}')
    expect(encode({ a: [1] }, { indent: 0 })).toBe('{"a":[1]}')
  })

  test("ascii escapes everything else", () => {
    expect(encode("é😀\u007f", { ascii: true })).toBe('"\\u00e9\\ud83d\\ude00\\u007f"')
  })

  test("canonical is RFC 8785", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, 1: 4, "\ud83d\ude00": 5, "\u0080": 6, ö: 7 }
    const keys = Object.keys(JSON.parse(encode(value, { canonical: true })))
    expect(keys).toEqual(["1", "\r", "\u0080", "ö", "\u20ac", "\ud83d\ude00", "\ufb33"])
    expect(
      encode(
        { numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27], a: "\u000f\n" },
        { canonical: true },
      ),
    ).toBe('{"a":"\\u000f\\n","numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}')
    expect(failure(() => encode("\ud800", { canonical: true })).code).toBe("ERR_PERSIST_ENCODE")
  })

  test("bigint: string and literal", () => {
    const huge = 12345678901234567890n
    expect(encode([huge], { bigint: "string", indent: 0 })).toBe('["12345678901234567890"]')
    const json = encode([huge, -huge], { bigint: "literal", indent: 0 })
    expect(json).toBe("[12345678901234567890,-12345678901234567890]")
    expect(decode(json, { bigint: "literal" })).toEqual([huge, -huge])
  })

  test.each([
    { indent: 11 },
    { indent: "x" },
    { ascii: 1 },
    { bigint: "no" },
    { canonical: true, indent: 2 },
    { unknown: 1 },
    { limits: { depht: 1 } },
    { limits: { depth: -1 } },
    { limits: { depth: "5" } },
    { limits: { nodes: Number.NaN } },
    { limits: { regexps: 1 } },
  ])("refuses %o", (options) => {
    const error = failure(() => new JsonSerializer(options as JsonSerializerOptions))
    expect(error.code).toBe("ERR_PERSIST_INVALID_OPTION")
  })
})

describe("JsonSerializer.decode", () => {
  test.each([
    ['{"a": 1,\n "b": tru}', 2, 7],
    ["", 1, 1],
    ["[1, 2", 1, 6],
    ['["a\nb"]', 1, 4],
    ['{"a": "\\x"}', 1, 8],
    ["[1]\n\n]", 3, 1],
    ["[01]", 1, 3],
    ["{a: 1}", 1, 2],
    ["[1,]", 1, 4],
    ["\u0000\u0000", 1, 1],
  ])("tells where %j goes wrong", (json, line, column) => {
    const error = failure(() => decode(json))
    expect(error.code).toBe("ERR_PERSIST_DECODE")
    expect(error.details).toMatchObject({ line, column })
  })

  test("names the first byte that is not UTF-8", () => {
    const error = failure(() =>
      new JsonSerializer().decode(Uint8Array.of(0x22, 0xc3, 0xa9, 0xff, 0x22)),
    )
    expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE", details: { offset: 3 } })
  })

  test("skips a byte order mark", () => {
    expect(decode("\ufeff[1]")).toEqual([1])
  })
})

describe("JsonSerializer, limits", () => {
  const cases: [limit: string, value: unknown, limits: object][] = [
    ["depth", [[[1]]], { depth: 2 }],
    ["nodes", [1, 2, 3], { nodes: 3 }],
    ["stringLength", ["abcd"], { stringLength: 3 }],
    ["arrayLength", [1, 2, 3], { arrayLength: 2 }],
    ["bytes", "abcdef", { bytes: 6 }],
  ]
  test.each(cases)("%s holds for encode and decode", (limit, value, limits) => {
    const json = JSON.stringify(value)
    for (const run of [() => encode(value, { limits }), () => decode(json, { limits })]) {
      expect(failure(run)).toMatchObject({ code: "ERR_PERSIST_LIMIT", details: { limit } })
    }
    expect(decode(json)).toEqual(value)
  })

  test("a graph that unfolds exponentially is stopped by nodes", () => {
    let value: unknown = 1
    for (let level = 0; level < 60; level++) value = [value, value]
    const error = failure(() => encode(value, { limits: { nodes: 10_000 } }))
    expect(error.code).toBe("ERR_PERSIST_LIMIT")
  })
})

describe("JsonSerializer, what only an adversary writes", () => {
  test("a hidden toJSON changes nothing", () => {
    const toJSON = { value: () => 5 }
    const object = Object.defineProperty({ a: 1 }, "toJSON", toJSON)
    const short = Object.defineProperty([1], "toJSON", toJSON)
    const long = Object.defineProperty(Array(20).fill(1), "toJSON", toJSON)
    expect(decode(encode({ object, short, long }))).toEqual({
      object: { a: 1 },
      short: [1],
      long: Array(20).fill(1),
    })
  })

  test('a number stays a number with bigint: "literal", and a BigInt a BigInt', () => {
    const values = [2 ** 53, -(2 ** 64), 1e20, 1e21, 123456789012345680000, 2 ** 53 - 1, 0.1]
    const big = [2n ** 53n, -(2n ** 53n), 2n ** 64n, 10n ** 400n]
    const options = { bigint: "literal" } as const
    expect(decode(encode([values, big], options), options)).toEqual([values, big])
    expect(encode({ n: 2 ** 53 }, { ...options, canonical: true })).toBe('{"n":9007199254740992}')
  })

  test.each([
    ["a BigInt", "90071992547409930", 90_071_992_547_409_930n],
    ["a NaN", "NaN", Number.NaN],
    ["an Infinity", "-Infinity", Number.NEGATIVE_INFINITY],
  ])(
    "%s is read at any depth, and where its name is a string it stays one",
    (_name, literal, value) => {
      const options = { bigint: "literal", lenient: true } as const
      const levels = 100_000
      let inner = decode(`${"[".repeat(levels)}${literal}${"]".repeat(levels)}`, options)
      for (let level = 0; level < levels; level++) inner = (inner as unknown[])[0]
      expect(inner).toBe(value)
      const json = `{"__proto__":${literal},"s":"${literal}","l":[1,${literal}]}`
      const back = decode(json, options) as object
      expect(Object.entries(back)).toEqual([
        ["__proto__", value],
        ["s", literal],
        ["l", [1, value]],
      ])
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    },
  )

  test("getters that make objects without end come to a limit", () => {
    const endless = (): object => ({
      a: 1,
      get next() {
        return endless()
      },
    })
    const limits = { depth: 100_000, nodes: 500_000 }
    expect(failure(() => encode(endless(), { indent: 0, limits }))).toMatchObject({
      code: "ERR_PERSIST_LIMIT",
    })
  })

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "{}"],
    ["a list", [123, 125]],
    ["an ArrayBuffer", new ArrayBuffer(2)],
    ["a DataView", new DataView(new ArrayBuffer(2))],
    ["another view", new Uint16Array(2)],
    ["a Proxy", new Proxy(new Uint8Array(2), {})],
  ])("%s is no bytes", (_name, input) => {
    expect(failure(() => new JsonSerializer().decode(input as never)).code).toBe(
      "ERR_PERSIST_INVALID_ARGUMENT",
    )
  })
})

test("what all objects inherit at a number is in nothing that is written", () => {
  const iterative = new JsonSerializer({ shared: "throw" })
  const value = [[{ a: 1 }], { b: [[]] }]
  const expected = JSON.stringify(value, undefined, 2)
  for (const place of [0, 1, 2, 3, 4]) {
    const inherited = { value: "inherited", writable: true, configurable: true }
    Object.defineProperty(Object.prototype, place, inherited)
    try {
      expect(Buffer.from(iterative.encode(value)).toString()).toBe(expected)
    } finally {
      delete (Object.prototype as Record<number, unknown>)[place]
    }
  }
})
