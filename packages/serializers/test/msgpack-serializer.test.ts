import assert from "node:assert/strict"
import { PersistError } from "@persist/core"
import fc from "fast-check"
import { Packr, decode as peerDecode, encode as peerEncode } from "msgpackr"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer, type MsgpackSerializerOptions } from "../src/msgpack/index.ts"
import { codeOf, failure } from "./failure.ts"

const plain = new MsgpackSerializer()
const copy = (value: unknown, options?: MsgpackSerializerOptions) => {
  const serializer = new MsgpackSerializer(options)
  return serializer.decode(serializer.encode(value))
}
const hex = (value: unknown, options?: MsgpackSerializerOptions) =>
  Buffer.from(new MsgpackSerializer(options).encode(value)).toString("hex")
const read = (text: string, options?: MsgpackSerializerOptions) =>
  new MsgpackSerializer(options).decode(Buffer.from(text, "hex"))

describe("MsgpackSerializer", () => {
  test("decodes to the same value, or refuses", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: "binary", maxLength: 200 })), (value) => {
        let bytes: Uint8Array
        try {
          bytes = plain.encode(value)
        } catch (error) {
          return PersistError.is(error, "ERR_PERSIST_ENCODE")
        }
        assert.deepStrictEqual(plain.decode(bytes), value)
        return true
      }),
      { numRuns: 1000 },
    )
  })

  test("another implementation reads what it writes, and is read", () => {
    const peer = new Packr({ useRecords: false, variableMapSize: true })
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(isWellFormed(value))
        assert.deepStrictEqual(peerDecode(plain.encode(value)), value)
        assert.deepStrictEqual(plain.decode(peerEncode(value)), value)
        assert.deepStrictEqual(plain.decode(peer.encode(value)), value)
      }),
    )
  })

  test("chooses the shortest form", () => {
    expect(hex([0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295])).toBe(
      "98007fcc80ccffcd0100cdffffce00010000ceffffffff",
    )
    expect(hex([-1, -32, -33, -128, -129, -32_768, -32_769])).toBe(
      "97ffe0d0dfd080d1ff7fd18000d2ffff7fff",
    )
    expect(hex({ a: "é" })).toBe("81a161a2c3a9")
    for (const length of [31, 32, 255, 256, 65_535, 65_536]) {
      const text = "x".repeat(length)
      expect(copy(text)).toBe(text)
      expect(copy("é".repeat(length))).toBe("é".repeat(length))
      expect(copy(Array(length).fill(null))).toEqual(Array(length).fill(null))
    }
  })

  test("a key is not taken for another one, whose units are its bytes", () => {
    const key = "\u00f8\u00e9hmykuxn"
    const misread = Buffer.from(key).toString("latin1")
    expect(copy({ [misread]: 1 })).toEqual({ [misread]: 1 })
    expect(copy({ [key]: 1 })).toEqual({ [key]: 1 })
  })

  test("int64: by default a BigInt, else a number when it is safe", () => {
    expect(read("cf0000000100000000")).toBe(2n ** 32n)
    expect(read("cf0000000100000000", { int64: "number" })).toBe(2 ** 32)
    expect(read("cfffffffffffffffff", { int64: "number" })).toBe(2n ** 64n - 1n)
    expect(hex(2 ** 32)).toBe("cb41f0000000000000")
    expect(hex(2 ** 32, { int64: "number" })).toBe("cf0000000100000000")
    expect(copy(-(2 ** 40), { int64: "number" })).toBe(-(2 ** 40))
    expect(codeOf(() => hex(5n, { int64: "number" }))).toBe("ERR_PERSIST_ENCODE")
  })

  test("maps: objects by default, else Maps with keys of any type", () => {
    expect(codeOf(() => read("810102"))).toBe("ERR_PERSIST_FORMAT")
    expect(read("810102", { maps: "map" })).toEqual(new Map([[1, 2]]))
    const map = new Map<unknown, unknown>([
      [1, "a"],
      ["b", new Map([[null, []]])],
      [[1], 2],
    ])
    expect(copy(map, { maps: "map" })).toEqual(map)
    expect(codeOf(() => hex({}, { maps: "map" }))).toBe("ERR_PERSIST_ENCODE")
  })

  test.each<[maps: "object" | "map", entries: string]>([
    ["map", "01020103"],
    ["object", "a16101a16102"],
    ["object", "a95f5f70726f746f5f5f01a95f5f70726f746f5f5f02"],
  ])("a map, as %s, that has the same key twice is damaged", (maps, entries) => {
    for (const depth of [0, 250]) {
      const error = failure(() => read(`${"91".repeat(depth)}82${entries}`, { maps }))
      expect(error.code).toBe("ERR_PERSIST_DECODE")
      expect(error.message).toContain("the same key twice")
    }
  })

  test("binary: Uint8Array by default, else Buffer; a copy, not a view of the file", () => {
    const bytes = plain.encode({ data: new Uint8Array([1, 2, 3]) })
    const { data } = plain.decode(bytes) as { data: Uint8Array }
    bytes.fill(0)
    expect(data).toEqual(new Uint8Array([1, 2, 3]))
    expect(data.buffer.byteLength).toBe(3)
    expect(copy(Buffer.from("abc"), { binary: "buffer" })).toEqual(Buffer.from("abc"))
  })

  test("an extension for Dates is the one that writes them, and timestamps are still read", () => {
    const dates = {
      type: 8,
      class: Date,
      encode: (date: Date) => new TextEncoder().encode(date.toISOString()),
      decode: (data: Uint8Array) => new Date(new TextDecoder().decode(data)),
    }
    const serializer = new MsgpackSerializer({ extensions: [dates as never] })
    expect(Buffer.from(serializer.encode(new Date(5))).toString()).toContain("1970-01-01")
    for (const bytes of [
      serializer.encode(new Date(5)),
      new MsgpackSerializer().encode(new Date(5)),
    ])
      expect(serializer.decode(bytes)).toEqual(new Date(5))
    const instants = { ...dates, type: -1, class: Map }
    const error = failure(() =>
      new MsgpackSerializer({ extensions: [instants as never] }).encode(new Date(5)),
    )
    expect(error.code).toBe("ERR_PERSIST_ENCODE")
  })

  test("an extension that would never be asked is refused, and so is an asynchronous one", () => {
    const make = (subject: unknown, options = {}) =>
      new MsgpackSerializer({
        extensions: [
          {
            type: 5,
            class: subject,
            encode: () => new Uint8Array(1),
            decode: async () => 1,
          } as never,
        ],
        ...options,
      })
    for (const subject of [Array, Object, Uint8Array])
      expect(codeOf(() => make(subject))).toBe("ERR_PERSIST_INVALID_OPTION")
    expect(codeOf(() => make(Map, { maps: "map" }))).toBe("ERR_PERSIST_INVALID_OPTION")
    expect(codeOf(() => make(Buffer, { binary: "buffer" }))).toBe("ERR_PERSIST_INVALID_OPTION")
    make(Object, { maps: "map" })
    const bytes = make(Map).encode(new Map())
    expect(codeOf(() => make(Map).decode(bytes))).toBe("ERR_PERSIST_FORMAT")
    const encode = async () => {
      throw new Error("unseen")
    }
    const late = { type: 5, class: Map, encode, decode: () => 1 } as never
    const serializer = new MsgpackSerializer({ extensions: [late] })
    expect(codeOf(() => serializer.encode(new Map()))).toBe("ERR_PERSIST_ENCODE")
  })

  test("extensions only as allowed", () => {
    expect(codeOf(() => read("d40501"))).toBe("ERR_PERSIST_UNKNOWN_CLASS")
    // What msgpackr would take for records, references and errors.
    for (const type of ["72", "69", "65", "78", "74"])
      expect(codeOf(() => read(`d4${type}40`))).toBe("ERR_PERSIST_UNKNOWN_CLASS")
    class Point {
      readonly x: number
      constructor(x: number) {
        this.x = x
      }
    }
    const extensions = [
      {
        type: 5,
        class: Point,
        encode: (point: Point) => Uint8Array.of(point.x),
        decode: (data: Uint8Array) => new Point(data[0]!),
      },
    ]
    expect(copy([new Point(7)], { extensions: extensions as never })).toEqual([new Point(7)])
    expect(codeOf(() => read("d7ff0000000400000000"))).toBe("ERR_PERSIST_FORMAT")
  })

  test.each<[string, () => unknown]>([
    ["encodes to text", () => "12"],
    ["encodes to wider numbers", () => new Uint16Array(1)],
    ["encodes to nothing", () => undefined],
    [
      "throws what is no error",
      () => {
        throw null
      },
    ],
  ])("an extension that %s is refused", (_name, encode) => {
    class Own {}
    const decode = encode
    const options = { extensions: [{ type: 5, class: Own, encode, decode }] as never }
    const error = failure(() => copy({ a: new Own() }, options))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$.a" } })
  })

  test("100,000 levels, objects and arrays", () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++)
      deep = level % 2 === 0 ? [deep] : { a: deep, b: 2 }
    const bytes = plain.encode(deep)
    expect(Buffer.from(plain.encode(plain.decode(bytes)))).toEqual(Buffer.from(bytes))
    let map: unknown = 1
    for (let level = 0; level < 1000; level++) map = new Map([[map, level]])
    expect(hex(copy(map, { maps: "map" }), { maps: "map" })).toBe(hex(map, { maps: "map" }))
  })

  test("names where in the value the trouble is, at any depth", () => {
    const cases: [value: unknown, path: string][] = [
      [{ a: [1, { "b c": undefined }] }, '$.a[1]["b c"]'],
      [[new Uint8Array(2), [() => 1]], "$[1][0]"],
      [{ a: { b: "\ud800" } }, "$.a.b"],
      [[[1n, 2n ** 64n]], "$[0][1]"],
    ]
    for (const [value, path] of cases)
      expect(failure(() => plain.encode(value)).details).toMatchObject({ path })
    let deep: unknown = new Set()
    for (let level = 0; level < 300; level++) deep = [0, deep]
    const { details } = failure(() => plain.encode(deep))
    expect((details as { path: string }).path.startsWith("$[1][1]")).toBe(true)
  })

  test("a cycle is called one", () => {
    const cycle: Record<string, unknown> = { list: Array(50).fill([1]) }
    cycle.self = [cycle]
    expect(failure(() => plain.encode(cycle)).message).toContain("$.self[0] refers back")
  })

  test.each([
    ["", "ERR_PERSIST_DECODE"],
    ["c1", "ERR_PERSIST_DECODE"],
    ["0000", "ERR_PERSIST_DECODE"],
    ["a2c328", "ERR_PERSIST_DECODE"],
    ["a1ff", "ERR_PERSIST_DECODE"],
    ["ddffffffff", "ERR_PERSIST_DECODE"],
    ["dfffffffff", "ERR_PERSIST_DECODE"],
    ["dbffffffff", "ERR_PERSIST_DECODE"],
    ["c6ffffffff", "ERR_PERSIST_DECODE"],
    ["c9ffffffff05", "ERR_PERSIST_DECODE"],
    ["dc00050102", "ERR_PERSIST_DECODE"],
    ["cb00", "ERR_PERSIST_DECODE"],
  ])("refuses %j", (text, code) => {
    expect(codeOf(() => read(text))).toBe(code)
  })

  const limited: [limit: string, value: unknown, limits: object][] = [
    ["depth", [[[1]]], { depth: 2 }],
    ["nodes", [1, 2, 3], { nodes: 3 }],
    ["stringLength", ["abcd"], { stringLength: 3 }],
    ["arrayLength", [1, 2, 3], { arrayLength: 2 }],
    ["bytes", "abcdef", { bytes: 6 }],
  ]
  test.each(limited)("limits.%s holds for encode and decode", (limit, value, limits) => {
    const bounded = new MsgpackSerializer({ limits })
    for (const run of [() => bounded.encode(value), () => bounded.decode(plain.encode(value))])
      expect(failure(run)).toMatchObject({ code: "ERR_PERSIST_LIMIT", details: { limit } })
  })

  test("an object that is met twice far down is no cycle", () => {
    const shared = { name: "shared" }
    let value: unknown = [shared, shared, [shared]]
    for (let level = 0; level < 20_000; level++) value = [value]
    let back = plain.decode(plain.encode(value))
    for (let level = 0; level < 20_000; level++) [back] = back as [unknown]
    expect(back).toEqual([shared, shared, [shared]])
  })

  test("one budget for all arrays of a file", () => {
    // 20,000 arrays, each of which says that it holds as much as bytes are left.
    const bomb = Buffer.concat(
      Array.from({ length: 20_000 }, () => Buffer.from("dd00010000", "hex")),
    )
    expect(["ERR_PERSIST_LIMIT", "ERR_PERSIST_DECODE"]).toContain(codeOf(() => plain.decode(bomb)))
  })
})

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed()
  if (typeof value !== "object" || value === null) return !Object.is(value, -0)
  return Object.entries(value).every(
    ([key, child]) => key !== "__proto__" && key.isWellFormed() && isWellFormed(child),
  )
}
