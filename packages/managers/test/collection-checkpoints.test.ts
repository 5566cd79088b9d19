import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers"
import fc from "fast-check"
import { expect, test } from "vitest"
import { diffToStore } from "../src/diff/diff-values.ts"
import { applyPatch } from "../src/diff/patch.ts"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const words = Array.from({ length: 400 }, (_, n) => `word ${n * 7919}`)

test("maps and sets that grow and change are kept as changes", async () => {
  await using storage = new FileStorage({
    directory: temporaryDirectory(),
    serializer: new PickleSerializer(),
    durability: "none",
  })
  await using states = new StateManager({ storage })
  const map = new Map<unknown, unknown>(words.map((word) => [word, { word, times: 1 }]))
  const set = new Set(words)
  const saved: unknown[] = []
  for (let n = 0; n < 20; n++) {
    map.set({ n }, new Set([n])).set(words[n], { word: words[n], times: n })
    map.delete(words[100 + n])
    set.add(`new ${n}`).delete(words[n]!)
    saved.push(structuredClone({ map, set }))
    await states.saveState("words", { map, set }, { checkpoint: true })
  }
  const [first, ...others] = await states.history("words")
  for (const { size } of others) expect(size).toBeLessThan(first!.size / 20)
  const loaded = [first!, ...others].map(({ id }) => states.loadState("words", { at: id }))
  expect(await Promise.all(loaded)).toEqual(saved)
})

test("changes to store lead from any maps and sets to any others, in their order", () => {
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: 0, max: 3 }),
      fc.string({ maxLength: 40 }),
      fc.array(tie("any"), { maxLength: 5 }),
      fc.record({ id: fc.integer({ min: 0, max: 3 }), of: tie("any") }),
      fc.array(tie("any"), { maxLength: 5 }).map((items) => new Set(items)),
      fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 5 }).map((all) => new Map(all)),
    ),
  }))
  fc.assert(
    fc.property(any, any, (before, after) => {
      const patch = structuredClone(diffToStore(before, after))
      const found = applyPatch(structuredClone(before), patch)
      expect(found).toEqual(after)
      expect(inOrder(found)).toEqual(inOrder(after))
    }),
    { numRuns: 500 },
  )
})

/** Maps and sets as the lists that they are. */
function inOrder(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value].map(inOrder)
  return Array.isArray(value) ? value.map(inOrder) : value
}
