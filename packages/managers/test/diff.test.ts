import fc from "fast-check"
import { expect, test } from "vitest"
import { commonItems } from "../src/diff/common-items.ts"
import { diffText } from "../src/diff/diff-text.ts"
import { diffValues } from "../src/diff/diff-values.ts"
import { applyPatch } from "../src/diff/patch.ts"

const item = fc.oneof(
  fc.record({ id: fc.integer({ min: 0, max: 6 }), text: fc.string({ maxLength: 60 }) }),
  fc.integer({ min: 0, max: 3 }),
  fc.jsonValue({ maxDepth: 2 }),
)
const value = fc.oneof(
  fc.array(item, { maxLength: 12 }),
  fc.dictionary(fc.constantFrom("a", "b/c", "~d", "", "__proto__"), fc.oneof(item, fc.array(item))),
  fc.string({ minLength: 30, maxLength: 50, unit: "binary" }),
  fc.jsonValue(),
)

test.each([{}, { text: diffText }, { repeated: commonItems }, { inPlace: true }])(
  "a diff leads from any value to any other (%o)",
  (style) => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const patch = diffValues(before, after, style)
        const copy = JSON.parse(JSON.stringify({ before, patch }))
        const plain = JSON.parse(JSON.stringify(after))
        expect(applyPatch(copy.before, copy.patch)).toEqual(plain)
      }),
      { numRuns: 500 },
    )
  },
)

test("an insert at the head of keyed items stays small", () => {
  const items = Array.from({ length: 1000 }, (_, id) => ({ id, text: `item ${id}` }))
  const patch = diffValues(items, [{ id: -1, text: "new" }, ...items], {})
  expect(patch).toEqual([{ op: "add", path: "/0", value: { id: -1, text: "new" } }])
})

test("a change inside a keyed item, beside an insert, touches that item alone", () => {
  const before = [
    { id: 1, a: 1 },
    { id: 2, a: 1 },
    { id: 3, a: 1 },
  ]
  const after = [
    { id: 0, a: 1 },
    { id: 1, a: 1 },
    { id: 2, a: 2 },
    { id: 3, a: 1 },
  ]
  expect(diffValues(before, after, {})).toEqual([
    { op: "add", path: "/0", value: { id: 0, a: 1 } },
    { op: "replace", path: "/2/a", value: 2 },
  ])
})

test("dates are compared by their time and replaced whole", () => {
  const before = { at: new Date(1), same: new Date(2) }
  const after = { at: new Date(3), same: new Date(2) }
  expect(diffValues(before, after, { text: diffText })).toEqual([
    { op: "replace", path: "/at", value: new Date(3) },
  ])
})
