import type { PickleClass } from "../../src/pickle/index.ts"

class Point {
  x: number
  y: unknown
  constructor(x: number, y: unknown) {
    this.x = x
    this.y = y
  }
}

export const goldenClasses: readonly PickleClass[] = [{ class: Point, name: "golden/point", version: 2 }]

/** One of everything that format version 1 holds. Never change it: a new version gets a new graph. */
export function goldenGraph(): unknown {
  const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer
  const error = new RangeError("out", { cause: { why: "reason" } })
  const many = new AggregateError([new Error("one")], "many")
  for (const made of [error, many, many.errors[0]]) made.stack = `${made.name}: at golden`
  const graph: Record<string, unknown> = {
    numbers: [0, -0, 1, -1, 127, 128, -33, 65_536, -70_000, 4_294_967_295, 1.5, 2 ** 60, Number.NaN, -Infinity],
    integers: [0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(10n ** 40n)],
    words: ["", "text", "é😀", "x".repeat(40), "y".repeat(300), "\ud800 alone"],
    others: [undefined, null, true, false, Symbol.for("golden")],
    dates: [new Date(0), new Date(-1), new Date(Number.NaN)],
    map: new Map<unknown, unknown>([["a", 1], [{ key: true }, [2]]]),
    set: new Set([1, "a", null]),
    bare: Object.assign(Object.create(null), { a: 1 }),
    sparse: Object.assign([], { 2: "two", 5: "five" }),
    extra: Object.assign([1], { name: "extra", [Symbol.for("s")]: 2 }),
    pattern: Object.assign(/a\/b/giu, { lastIndex: 2 }),
    url: new URL("https://example.com/a?b#c"),
    errors: [error, many],
    views: [new Uint8Array(buffer, 2, 3), new DataView(buffer, 4), buffer, Buffer.from("buffer")],
    floats: [new Float32Array([1.5]), new Float64Array([-0]), new BigInt64Array([-1n])],
    boxed: [Object(1), Object("s"), Object(2n), Object(false), Object(Symbol.for("b"))],
    [Symbol.for("golden key")]: "symbol",
    "\udc00": "lone key",
  }
  Object.defineProperty(graph, "__proto__", { value: { a: 1 }, enumerable: true, configurable: true, writable: true })
  graph.points = [new Point(1, graph), new Point(2, graph.map), { x: 1, y: 2 }, { x: 3, y: 4 }]
  graph.self = graph
  return graph
}
