import { constants } from "node:buffer"
import { JsonSerializer, type Limits, PersistError, type Serializer } from "@persist/core"
import { encoding } from "@persist/core/values"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { hasMoreDigits } from "../src/limits/has-more-digits.ts"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { failure } from "./failure.ts"

type Make = (limits?: Limits) => Serializer
const withLimits = (limits: Limits | undefined) => (limits === undefined ? {} : { limits })

const formats: readonly (readonly [name: string, make: Make])[] = [
  ["Json", (limits) => new JsonSerializer(withLimits(limits))],
  ["Json, canonical", (limits) => new JsonSerializer({ canonical: true, ...withLimits(limits) })],
  ["Json, ascii", (limits) => new JsonSerializer({ ascii: true, ...withLimits(limits) })],
  ["Json, bigints", (limits) => new JsonSerializer({ bigint: "literal", ...withLimits(limits) })],
  ["Msgpack", (limits) => new MsgpackSerializer(withLimits(limits))],
  ["Msgpack, maps", (limits) => new MsgpackSerializer({ maps: "map", ...withLimits(limits) })],
  ["Yaml", (limits) => new YamlSerializer(withLimits(limits))],
  ["Pickle", (limits) => new PickleSerializer(withLimits(limits))],
]

const counted = ["depth", "nodes", "stringLength", "arrayLength", "bigintDigits"] as const

/** The lowest limit under which `run` succeeds; undefined when it throws something else. */
function lowest(
  limit: (typeof counted)[number],
  run: (limits: Limits) => void,
): number | undefined {
  for (let allowed = 0; ; allowed++) {
    try {
      run({ [limit]: allowed })
      return allowed
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_LIMIT")) return undefined
      expect(error.details).toMatchObject({ limit, allowed })
    }
  }
}

const text = fc.string({
  unit: fc.constantFrom("a", "é", "😀", "\n", '"', "\u0001", "\\"),
  maxLength: 8,
})
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.constantFrom(null, true, 1.5),
  fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
  fc.constantFrom(new Date(5), new Uint8Array([1, 2]), Object(1), Symbol.for("s"), new URL("a:b")),
  fc.constant(Object.assign(new Error("m"), { stack: "s", list: [1, 2] })),
)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 5, size: "max" }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, size: "max" }),
    fc
      .array(fc.tuple(leaf, tie("value")), { maxLength: 3, size: "max" })
      .map((pairs) => new Map(pairs)),
    fc.array(leaf, { maxLength: 4, size: "max" }).map((members) => new Set(members)),
    fc.tuple(tie("value"), fc.nat(6)).map(([extra, length]) => {
      const sparse = Object.assign(new Array(length), { extra, [Symbol.for("k")]: 1 })
      if (length > 2) sparse[length - 1] = extra
      return sparse
    }),
  ),
})).value

describe("the border of a limit", () => {
  test.each(formats)("%s: what may be written may be read, and no more", (name, make) => {
    const plain = make()
    fc.assert(
      fc.property(value, fc.constantFrom(...counted), (value, limit) => {
        let bytes: Uint8Array
        try {
          bytes = plain.encode(value)
        } catch {
          return
        }
        const writing = lowest(limit, (limits) => void make(limits).encode(value))
        const reading = lowest(limit, (limits) => void make(limits).decode(bytes))
        expect(writing).toBeDefined()
        // Short ones come back as numbers, which have no digits to count.
        if (name === "Json, bigints" && limit === "bigintDigits")
          expect(reading).toBeLessThanOrEqual(writing!)
        else expect(reading).toBe(writing)
      }),
      { numRuns: 150 },
    )
  })

  test("keys of objects are no nodes and no elements", () => {
    const value = { a: 1, b: [2], c: "x" }
    for (const [name, make] of formats) {
      if (name === "Msgpack, maps") continue
      const exact = make({ nodes: 5, arrayLength: 1, depth: 2, stringLength: 1 })
      expect(exact.decode(exact.encode(value))).toEqual(value)
      expect(() => make({ nodes: 4 }).encode(value)).toThrow(PersistError)
    }
  })

  test("YAML counts values, not the marks around them", () => {
    const value = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`${index}${"k".repeat(1200)}`, [index]]),
    )
    const exact = new YamlSerializer({ limits: { nodes: 401 } })
    expect(exact.decode(exact.encode(value))).toEqual(value)
  })

  test("digits are counted exactly", () => {
    for (let digits = 1; digits < 400; digits += digits < 50 ? 1 : 37) {
      for (const sign of [1n, -1n]) {
        expect(hasMoreDigits(sign * (10n ** BigInt(digits) - 1n), digits)).toBe(false)
        expect(hasMoreDigits(sign * 10n ** BigInt(digits), digits)).toBe(true)
        expect(hasMoreDigits(sign * 10n ** BigInt(digits - 1), digits)).toBe(false)
      }
    }
    expect(hasMoreDigits(10n ** 3000n, Number.POSITIVE_INFINITY)).toBe(false)
  })
})

test.each([
  [
    "what its Unicode properties cost to look up",
    [/\p{L}\P{Lu}/u, /\p{RGI_Emoji}/v, /p{L}/, /a/u],
    100 + 1550,
  ],
  [
    "the square of its length with the flag v",
    [new RegExp("x".repeat(1000), "v"), new RegExp("x".repeat(1000), "u"), /x/v],
    100 * 100,
  ],
])("a regular expression counts for %s", (_name, patterns, cost) => {
  const nodes = 1 + patterns.length + cost
  const exact = new PickleSerializer({ limits: { nodes } })
  const bytes = exact.encode(patterns)
  expect(exact.decode(bytes)).toEqual(patterns)
  const less = new PickleSerializer({ limits: { nodes: nodes - 1 } })
  const expected = { code: "ERR_PERSIST_LIMIT", details: { limit: "nodes" } }
  expect(failure(() => less.encode(patterns))).toMatchObject(expected)
  expect(failure(() => less.decode(bytes))).toMatchObject(expected)
})

test("text that no string of the engine can hold is past a limit, and not damaged", () => {
  const limits = { bytes: Number.POSITIVE_INFINITY, stringLength: Number.POSITIVE_INFINITY }
  const expected = { code: "ERR_PERSIST_LIMIT", details: { limit: "stringLength" } }
  const bytes = new Uint8Array(constants.MAX_STRING_LENGTH + 6)
  const json = new JsonSerializer({ limits })
  expect(failure(() => json.decode(bytes))).toMatchObject(expected)
  new DataView(bytes.buffer).setUint32(1, bytes.length - 5)
  bytes[0] = 0xdb
  const msgpack = new MsgpackSerializer({ limits })
  expect(failure(() => msgpack.decode(bytes))).toMatchObject(expected)
  expect(failure(() => encoding("JSON", () => "x".repeat(2 ** 30)))).toMatchObject(expected)
})
