import fc from "fast-check"
import { expect, test } from "vitest"
import { diffText } from "../src/diff/diff-text.ts"
import { applyPatch, type PatchOperation } from "../src/diff/patch.ts"

const lines = Array.from({ length: 200 }, (_, n) => `line ${n} holds ${(n * 7919) % 1000}\n`)
const text = lines.join("")

function applied(before: string, patch: readonly PatchOperation[]): string {
  return (applyPatch({ text: before }, patch) as { text: string }).text
}

test.each<[string, string, number]>([
  ["changed in two places", `The first${text.replace("line 150", "line CL")}`, 2],
  ["that moved on", `${text.slice(40)}the next forty code units of the text...`, 2],
  ["of which a piece moved to the end", text.slice(300) + text.slice(0, 300), 2],
  ["changed in one place", text.replace("line 150", "line CL"), 1],
])("a text %s takes little", (_, after, count) => {
  const patch = diffText(text, after, "/text")
  expect(patch).toHaveLength(count)
  expect(JSON.stringify(patch).length).toBeLessThan(600)
  expect(applied(text, patch)).toBe(after)
})

test("any edits of any text are found again, and no surrogate pair is cut on the way", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "👩‍💻"), maxLength: 60 })
  const pieces = fc.array(fc.tuple(piece, fc.constantFrom("stays", "goes", "comes", "doubles")))
  fc.assert(
    fc.property(pieces, (all) => {
      const of = (kinds: readonly string[]) => (one: (typeof all)[number]) =>
        kinds.includes(one[1]) ? one[0] : ""
      const before = all.map(of(["stays", "goes", "doubles"])).join("")
      const after = all
        .map((one) => of(["stays", "comes"])(one) || of(["doubles"])(one).repeat(2))
        .join("")
      if (before === after) return
      let current = before
      for (const operation of diffText(before, after, "/text")) {
        current = applied(current, [operation])
        expect(current.isWellFormed()).toBe(true)
      }
      expect(current).toBe(after)
    }),
    { numRuns: 300 },
  )
})
