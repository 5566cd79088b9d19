import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { PickleSerializer } from "../src/pickle/index.ts"
import { arbitraryGraph, Failure, Point } from "./arbitrary-graph.ts"
import { difference } from "./same-graph.ts"

const pickle = new PickleSerializer({ classes: [{ class: Point }, { class: Failure }] })

describe("PickleSerializer, graphs", () => {
  test("every graph comes back as the same graph", () => {
    fc.assert(
      fc.property(arbitraryGraph, (graph) => {
        expect(difference(pickle.decode(pickle.encode(graph)), graph)).toBe(undefined)
      }),
      { numRuns: 3000 },
    )
  })

  test("the bytes of what was read are the bytes that were read", () => {
    fc.assert(
      fc.property(arbitraryGraph, (graph) => {
        const bytes = pickle.encode(graph)
        expect(pickle.encode(pickle.decode(bytes))).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  test("100,000 levels of anything", () => {
    const wrappers: ((inner: unknown) => unknown)[] = [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => new Map([["inner", inner]]),
      (inner) => new Map([[inner, 1]]),
      (inner) => new Set([inner]),
      (inner) => Object.assign(new Point(), { x: inner }),
    ]
    for (const wrap of wrappers) {
      let deep: unknown = 1
      for (let level = 0; level < 100_000; level++) deep = wrap(deep)
      expect(difference(pickle.decode(pickle.encode(deep)), deep)).toBe(undefined)
    }
  })
})
