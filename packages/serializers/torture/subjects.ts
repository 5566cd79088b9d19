import { JsonSerializer, type Serializer } from "@persist/core"
import { checksummed } from "../src/checksummed/index.ts"
import { compressed } from "../src/compressed/index.ts"
import { encrypted } from "../src/encrypted/index.ts"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"

/** A serializer, valid inputs for it, and how often it is tried: slow ones less. */
export interface Subject {
  readonly name: string
  readonly serializer: Serializer
  readonly inputs: readonly Uint8Array[]
  readonly weight: number
}

class Point {
  x = 1
}

class Fixed {
  readonly held: unknown
  constructor(held: unknown) {
    this.held = held
    Object.freeze(this)
  }
}

const limits = { bytes: 5_000_000, nodes: 200_000, arrayLength: 200_000, stringLength: 1_000_000 }
const keys = { key: new Uint8Array(32) }

const data = JSON.parse(
  '{"a":[1,-2.5,true,null,"text é😀",""],"__proto__":{"b":1},"constructor":{"prototype":{}},"n":{"n":{"n":[[[]]]}}}',
)

function graph(): object {
  const shared = { date: new Date(5), map: new Map<unknown, unknown>([["a", new Set([1, 2])]]) }
  const value: Record<string, unknown> = {
    shared,
    again: [shared, shared.map],
    views: [new Uint8Array([1, 2, 3]), new Float64Array([1.5]), Buffer.from("b")],
    odd: [undefined, -0, 10n ** 30n, Symbol.for("s"), /a+/g, new URL("http://a/"), Object(1)],
    error: new AggregateError([new TypeError("x")], "y", { cause: 1 }),
    point: new Point(),
    fixed: fixedOnes(shared),
    params: new URLSearchParams("a=1&b=%20"),
    sparse: Object.assign([], { 3: 1, extra: 2 }),
    bare: Object.create(null),
    lone: "\ud800",
  }
  value.self = value
  return value
}

function fixedOnes(shared: object): unknown[] {
  const one = new Fixed({ shared })
  return [one, new Fixed([one, one]), new Map([[one, one]]), new Set([1, one])]
}

/** Every format and wrapper, with inputs that it wrote itself. */
export function subjects(): Subject[] {
  const json = new JsonSerializer({ limits })
  const msgpack = new MsgpackSerializer({ limits })
  const mapped = new MsgpackSerializer({ limits, maps: "map", int64: "number", binary: "buffer" })
  const pickle = new PickleSerializer({
    limits,
    classes: [
      { class: Point, version: 2, upgrades: { 1: (state) => state } },
      { class: Fixed, revive: ({ held }) => new Fixed(held) },
    ],
  })
  const yaml = new YamlSerializer({ limits })
  const twice = { list: [data.a, data.a], map: data }
  const subject = (
    name: string,
    serializer: Serializer,
    weight: number,
    ...values: unknown[]
  ): Subject => ({
    name,
    serializer,
    weight,
    inputs: values.map((value) => serializer.encode(value)),
  })
  return [
    subject("json", json, 8, data, [1], "text"),
    subject(
      "json, lenient",
      new JsonSerializer({ limits, lenient: true, bigint: "literal" }),
      4,
      data,
      10n ** 30n,
    ),
    subject("msgpack", msgpack, 10, data, [new Date(5), new Uint8Array(20), 5n], 1.5),
    subject(
      "msgpack, maps",
      mapped,
      5,
      new Map<unknown, unknown>([[[1], new Map([["a", 2 ** 40]])]]),
    ),
    subject("pickle", pickle, 12, graph(), data, [1, [2, [3]]]),
    subject("yaml", yaml, 2, data, twice, ["a\nb\n", "- x", 1.5]),
    subject("zstd", compressed(json, { limits }), 2, data),
    subject("gzip", compressed(msgpack, { algorithm: "gzip", limits }), 1, data),
    subject("brotli", compressed(pickle, { algorithm: "brotli", limits }), 1, data),
    subject("checksummed", checksummed(pickle), 2, data),
    subject("encrypted", encrypted(json, { keys, limits }), 2, data),
  ]
}
