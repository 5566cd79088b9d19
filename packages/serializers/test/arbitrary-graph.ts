import fc from "fast-check"

export class Point {
  x: unknown = 1
  y: unknown = 2
}

export class Failure extends Error {
  readonly code: unknown
  constructor(message: string, code: unknown) {
    super(message)
    this.code = code
  }
}
Object.defineProperty(Failure.prototype, "name", { value: "Failure" })

const key = fc.oneof(
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.constantFrom("__proto__", "constructor", "toString", "length", "0", "a", "b", "\ud800"),
)

/** Values without others inside, the odd ones often. */
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, ""),
  fc.double(),
  fc.integer(),
  fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt(),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc
    .array(fc.constantFrom("\ud800", "\udc00", "a", "é"), { maxLength: 4 })
    .map((parts) => parts.join("")),
  key.map((name) => Symbol.for(name)),
)

type Builder = {
  readonly make: () => object
  readonly edges: number
  readonly keys: readonly string[]
}

function shared(): ArrayBuffer {
  return new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).buffer
}

const makers: (() => object)[] = [
  () => ({}),
  () => [],
  () => new Map(),
  () => new Set(),
  () => Object.create(null),
  () => new Point(),
  () => new Failure("failed", 1),
  () => new TypeError("wrong", { cause: { why: 1 } }),
  () => new AggregateError([new Error("one")], "many"),
  () => new Date(0),
  () => new Date(Number.NaN),
  () => /a\/b/giu,
  () => new URL("https://example.com/a?b#c"),
  () => Object(1n),
  () => Object("text"),
  () => shared(),
  () => Buffer.from("buffer"),
  () => new Float64Array([1.5, Number.NaN, -0]),
]

const builder: fc.Arbitrary<Builder> = fc.record({
  make: fc.constantFrom(...makers),
  edges: fc.nat(4),
  keys: fc.array(key, { minLength: 4, maxLength: 4 }),
})

/** Graphs of all kinds of containers, in which anything may refer to anything. */
export const arbitraryGraph: fc.Arbitrary<unknown> = fc
  .record({
    builders: fc.array(builder, { minLength: 1, maxLength: 12, size: "max" }),
    leaves: fc.array(leaf, { minLength: 1, maxLength: 12, size: "max" }),
    choices: fc.array(fc.nat(), { minLength: 8, maxLength: 60, size: "max" }),
  })
  .map(({ builders, leaves, choices }) => {
    const buffer = shared()
    const nodes = builders.map(({ make }) => make())
    // The stack is written when it is first read; later the error may have no toString that works.
    for (const node of nodes) if (node instanceof Error) void node.stack
    nodes.push(new Uint16Array(buffer, 2, 3), new DataView(buffer, 4), buffer)
    const pool = [...nodes, ...leaves]
    let turn = 0
    const pick = () => pool[choices[turn++ % choices.length]! % pool.length]
    for (const [index, { edges, keys }] of builders.entries()) {
      for (let edge = 0; edge < edges; edge++) connect(nodes[index]!, keys[edge]!, pick(), pick())
    }
    return nodes[0]
  })

function connect(node: object, key: string, value: unknown, other: unknown): void {
  if (node instanceof Map) node.set(value, other)
  else if (node instanceof Set) node.add(value)
  else if (Array.isArray(node)) {
    if (key === "a") node[node.length + 2] = value
    else if (key === "b") (node as unknown as Record<string, unknown>).extra = value
    else node.push(value)
  } else if (isOpen(node))
    Object.defineProperty(node, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}

/** Whether properties of its own belong to what it holds. */
function isOpen(node: object): boolean {
  const prototype = Object.getPrototypeOf(node)
  return (
    prototype === null ||
    prototype === Object.prototype ||
    node instanceof Point ||
    node instanceof Error
  )
}
