import fc from "fast-check"
import { expect, test } from "vitest"
import { KnownJson } from "../src/configs/edit/known-json.ts"
import { applyEdits } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"

const name = fc.constantFrom("a", "b", "é", "😀", 'a"b', "long name", "__proto__")
const single = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const inner = fc.oneof(single, fc.dictionary(name, single), fc.array(single, { maxLength: 3 }))
const file = fc.dictionary(name, fc.oneof(inner, fc.dictionary(name, inner)), { minKeys: 1 })

const parsed = (value: unknown): PlainObject => JSON.parse(JSON.stringify(value))

test("a known file is changed as if it had been read and written whole", () => {
  fc.assert(
    fc.property(
      file,
      fc.constantFrom(0, 1, 2, "\t"),
      fc.array(file, { maxLength: 6, size: "max" }),
      (start, indent, all) => {
        let value = parsed(start)
        const known = new KnownJson(Buffer.from(JSON.stringify(value, undefined, indent)))
        for (const updates of all.map(parsed)) {
          const update = known.plan(updates, "deep")
          if (update === undefined) continue
          value = applyEdits(value, update.edits)
          const result = known.result(update)
          expect(result).toEqual(value)
          // What callers do with it is theirs.
          result.a = "changed by the caller"
          known.done(update)
          expect(update.bytes.toString()).toBe(JSON.stringify(value, undefined, indent))
          expect(known.isIn(update.bytes)).toBe(true)
        }
      },
    ),
    { numRuns: 400 },
  )
})

test("a known file gives what it holds after each of several changes", () => {
  const known = new KnownJson(Buffer.from('{ "a": 1, "é": { "c": 2, "d": "x" }, "e": 3 }'))
  for (const [updates, text] of [
    [{ a: "ä😀" }, '{ "a": "ä😀", "é": { "c": 2, "d": "x" }, "e": 3 }'],
    [{ é: { d: "longer" }, e: 4 }, '{ "a": "ä😀", "é": { "c": 2, "d": "longer" }, "e": 4 }'],
    [{ e: 3, é: { c: 5 } }, '{ "a": "ä😀", "é": { "c": 5, "d": "longer" }, "e": 3 }'],
    [{ a: 1, é: { d: "x" } }, '{ "a": 1, "é": { "c": 5, "d": "x" }, "e": 3 }'],
  ] as const) {
    const update = known.plan(updates, "deep")!
    expect(known.result(update)).toEqual(JSON.parse(text))
    known.done(update)
    expect(update.bytes.toString()).toBe(text)
  }
})

test("what is more than a value for a value is left to the whole edit", () => {
  const known = new KnownJson(
    Buffer.from('{"a": 1, "b": {"c": [1], "d": 2, "d": 3}, "e": 1, "e": 2}'),
  )
  for (const updates of [
    { z: 1 },
    { a: {} },
    { a: undefined },
    { b: { c: 1 } },
    { b: { d: 1 } },
    { e: 3 },
    { a: 1 },
    { a: -0 },
    { a: Number.NaN },
  ]) {
    expect(known.plan(updates, "deep")).toBeUndefined()
  }
  expect(known.plan({ a: 2 }, "deep")?.bytes.toString()).toMatch(/^\{"a": 2, "b"/)
  expect(new KnownJson(Buffer.from("[1]")).plan({ a: 2 }, "deep")).toBeUndefined()
})
