import { runInNewContext } from "node:vm"
import fc from "fast-check"
import { afterEach, describe, expect, test, vi } from "vitest"
import { JsonSerializer, PersistError } from "../../src/index.ts"
import { JsonEncoder } from "../../src/json/bytes/json-encoder.ts"
import { JsonWriter } from "../../src/json/json-writer.ts"
import { type Limits, resolveLimits } from "../../src/values/limits.ts"

const read = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder("utf-8", { fatal: true }).decode(bytes)

function encode(value: unknown, indent = "", limits: Limits = {}): string | undefined {
  return read(new JsonEncoder(indent, resolveLimits(limits), false).encode(value))
}

/** What the writer writes; nothing where it refuses. */
function write(value: unknown, indent = "", limits: Limits = {}): string | undefined {
  const options = { lenient: false, canonical: false, bigint: "throw", isTree: false } as const
  try {
    return new JsonWriter({ ...options, indent, limits: resolveLimits(limits) }).write(value)
  } catch (error) {
    if (!PersistError.is(error)) throw error
    return undefined
  }
}

const indents = fc.constantFrom("", " ", "  ", "\t", "\t ", " ".repeat(10))
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom("a", "é", "€", "\ud83d", "\ude00", '"', "\\", "\n", "\u001f", "\u007f"),
    maxLength: 40,
  }),
)
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    text,
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 10 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom("a", "b", "c", "1", "__proto__")), tie("json"), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  ),
}))

describe("JsonEncoder", () => {
  test("writes what the writer writes, and nothing that it refuses", () => {
    fc.assert(
      fc.property(json, indents, (value, indent) => {
        expect(encode(value, indent)).toBe(write(value, indent))
      }),
      { numRuns: 1500 },
    )
  })

  test("answers nothing for what JSON cannot hold", () => {
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
        indents,
        (value, indent) => {
          expect(encode(value, indent)).toBe(write(value, indent))
        },
      ),
      { numRuns: 1500 },
    )
  })

  test("is not misled by keys of objects before", () => {
    const encoder = new JsonEncoder("  ", resolveLimits({}), false)
    const keys = fc.constantFrom("a", "b", "key", "é", 'q"', "x".repeat(40), "y".repeat(50), "")
    const object = fc.uniqueArray(keys, { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(fc.tuple(object, object), { maxLength: 12 }), (shapes) => {
        const value = shapes.map(([outer, inner]) =>
          Object.fromEntries(
            outer.map((key) => [key, Object.fromEntries(inner.map((name) => [name, 1.5]))]),
          ),
        )
        expect(read(encoder.encode(value))).toBe(JSON.stringify(value, undefined, 2))
      }),
      { numRuns: 500 },
    )
  })

  test.each(["", "  "])("remembers no key beyond its levels and places, with %j", (indent) => {
    const wide = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, place) => [`k${place}`, place] as const))
    for (let level = 0; level < 10; level++) {
      // What comes next is the first key one level deeper, under the name of the last one.
      let row: unknown = { ...wide(32), k: { k: { k: 1 } } }
      for (let above = 0; above < level; above++) row = { k: row }
      const rows = [row, row, row, row]
      expect(encode(rows, indent)).toBe(write(rows, indent))
    }
  })

  test("keeps to every limit as the writer does", () => {
    fc.assert(
      fc.property(
        json,
        indents,
        fc.constantFrom("depth", "nodes", "stringLength", "arrayLength", "bytes"),
        fc.nat(12),
        (value, indent, limit, allowed) => {
          const limits = { [limit]: allowed }
          const written = write(value, indent, limits)
          const isTooLong =
            Buffer.byteLength(written ?? "") > (limits.bytes ?? Number.POSITIVE_INFINITY)
          expect(encode(value, indent, limits)).toBe(isTooLong ? undefined : written)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test.each([0, 1, 2, 7, 8, 9, 100])("grows wherever it is full (%i)", (offset) => {
    for (const size of [2 ** 16 - offset, 2 ** 17 - offset, 70_000]) {
      const values = [
        "x".repeat(size),
        `é${"x".repeat(size - 3)}`,
        Array(Math.floor(size / 6)).fill("é"),
        Array(Math.floor(size / 4)).fill(true),
        Array(Math.floor(size / 20)).fill(0.123_456_789_012_345_6),
        Array(Math.floor(size / 12)).fill({ a: null }),
        [["y".repeat(size - 200)], Array(300).fill([[[[]]]])],
      ]
      for (const value of values) {
        expect(encode(value, "   ")).toBe(JSON.stringify(value, undefined, 3))
        expect(encode(value)).toBe(JSON.stringify(value))
      }
    }
  })

  test("leaves to the writer what is deeper than 500", () => {
    let value: unknown = "leaf"
    for (let depth = 1; depth <= 501; depth++) {
      value = depth % 2 === 0 ? [value] : { value, also: 1 }
      if (depth < 490) continue
      const expected = depth <= 500 ? JSON.stringify(value, undefined, 10) : undefined
      expect(encode(value, " ".repeat(10))).toBe(expected)
    }
  })

  test("gives bytes of their own, small or large", () => {
    const encoder = new JsonEncoder("", resolveLimits({}), false)
    for (const size of [10, 1000, 70_000, 70_000, 300_000, 300_000]) {
      const first = encoder.encode("a".repeat(size))!
      const second = encoder.encode("b".repeat(size))!
      expect(read(first)).toBe(`"${"a".repeat(size)}"`)
      expect(read(second)).toBe(`"${"b".repeat(size)}"`)
      expect(first.buffer).not.toBe(second.buffer)
      expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype)
    }
  })

  test("stands a getter that encodes, one that throws, and one that changes what is written", () => {
    const encoder = new JsonEncoder("", resolveLimits({}), false)
    const nested: unknown[] = []
    const saving = {
      a: 1,
      get b() {
        nested.push(encoder.encode([1]))
        return new JsonSerializer({ indent: 0 }).encode({ inner: true }).length
      },
    }
    expect(read(encoder.encode([saving, saving]))).toBe('[{"a":1,"b":14},{"a":1,"b":14}]')
    expect(nested).toEqual([undefined, undefined])
    const failing = {
      get a() {
        throw new Error("not now")
      },
    }
    expect(encoder.encode([failing])).toBe(undefined)
    const list = [0, 1, 2]
    const shrinking = [
      {
        get a() {
          list.length = 1
          return 1
        },
      },
      list,
    ]
    expect(read(encoder.encode(shrinking))).toBe('[{"a":1},[0]]')
    expect(read(encoder.encode([1]))).toBe("[1]")
  })

  test("reads each property once", () => {
    let reads = 0
    const counted = {
      get a() {
        return ++reads
      },
    }
    expect(encode(counted)).toBe('{"a":1}')
    expect(reads).toBe(1)
  })

  test("takes long arrays of other realms", () => {
    const foreign: unknown = runInNewContext("Array(9).fill(1)")
    expect(encode(foreign)).toBe("[1,1,1,1,1,1,1,1,1]")
  })

  test("takes plain objects of other realms, and no key that all objects inherit", () => {
    const foreign: unknown = runInNewContext(
      "Object.prototype.shared = 1; ({ a: [1, { b: 'x' }] })",
    )
    expect(encode(foreign)).toBe('{"a":[1,{"b":"x"}]}')
    const encoder = new JsonEncoder("", resolveLimits({}), false)
    const root = Object.prototype as { shared?: number; toJSON?: () => string }
    try {
      root.shared = 1
      root.toJSON = () => "changed"
      const bytes = encoder.encode({ a: {} })
      expect(read(bytes)).toBe('{"a":{}}')
    } finally {
      delete root.shared
      delete root.toJSON
    }
  })

  test("does not unfold shared objects beyond the limits", () => {
    let value: unknown[] = [1]
    for (let depth = 0; depth < 60; depth++) value = [value, value]
    expect(encode(value)).toBe(undefined)
  })

  test("leaves integers to the writer that would be read as BigInts", () => {
    const encoder = new JsonEncoder("", resolveLimits({}), true)
    expect(encoder.encode([2 ** 53])).toBe(undefined)
    expect(encoder.encode([-1e20])).toBe(undefined)
    expect(read(encoder.encode([2 ** 53 - 1, 0.5]))).toBe("[9007199254740991,0.5]")
  })
})

describe("JsonSerializer that has written much", () => {
  afterEach(() => vi.restoreAllMocks())

  test("writes and refuses the same without JSON.stringify", () => {
    const serializer = new JsonSerializer()
    const value = { list: [1, 2.5, "x", null, true, { a: -1e-7 }], at: 1_790_000_000_000 }
    const before = read(serializer.encode(value))
    serializer.encode("x".repeat(2 ** 23))
    const stringify = vi.spyOn(JSON, "stringify")
    expect(read(serializer.encode(value))).toBe(before)
    expect(stringify).not.toHaveBeenCalled()
    for (const refused of [{ a: [new Date(0)] }, [{ b: undefined }], { c: Number.NaN }]) {
      expect(() => serializer.encode(refused)).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_ENCODE" }),
      )
    }
    const limited = new JsonSerializer({ limits: { bytes: 20 } })
    expect(() => limited.encode(value)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_LIMIT" }),
    )
  })
})
