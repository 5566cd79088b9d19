import fc from "fast-check"
import { expect, test } from "vitest"
import { commonItems } from "../src/diff/common-items.ts"
import { diffValues } from "../src/diff/diff-values.ts"

test("a list of values that occur again and again, and move on, takes two operations", () => {
  const before = Array.from({ length: 2000 }, (_, n) => (n * n) % 7)
  const patch = diffValues(before, [...before.slice(1), 9], { repeated: commonItems })
  expect(patch).toEqual([
    { op: "remove", path: "/0" },
    { op: "add", path: "/1999", value: 9 },
  ])
})

test("so do items of which many have the same name", () => {
  const say = (n: number) => ({ name: n % 2 ? "Ann" : "Bob", text: `message ${n}` })
  const before = Array.from({ length: 200 }, (_, n) => say(n))
  expect(diffValues(before, [...before.slice(1), say(200)], { repeated: commonItems })).toEqual([
    { op: "remove", path: "/0" },
    { op: "add", path: "/199", value: say(200) },
  ])
})

test("common items are as many as there can be, in both lists, in their order", () => {
  const list = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 })
  fc.assert(
    fc.property(list, list, (before, after) => {
      const pairs = commonItems(before, after)
      expect(pairs.map(([from]) => before[from])).toEqual(pairs.map(([, to]) => after[to]))
      for (const side of [0, 1] as const) {
        const places = pairs.map((pair) => pair[side])
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
      }
      expect(pairs.length).toBe(longest(before, after))
    }),
  )
})

/** The length of the longest common subsequence, as its definition says. */
function longest(left: readonly number[], right: readonly number[]): number {
  const table = new Map<string, number>()
  const of = (from: number, to: number): number => {
    if (from === left.length || to === right.length) return 0
    const known = table.get(`${from} ${to}`)
    if (known !== undefined) return known
    const found =
      left[from] === right[to]
        ? 1 + of(from + 1, to + 1)
        : Math.max(of(from + 1, to), of(from, to + 1))
    table.set(`${from} ${to}`, found)
    return found
  }
  return of(0, 0)
}
