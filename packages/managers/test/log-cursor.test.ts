import fc from "fast-check"
import { expect, test } from "vitest"
import { LogCursor } from "../src/logs/log-cursor.ts"
import type { Segment } from "../src/logs/segment-name.ts"

const ids = ["a", "b", "c", "d"]
const segment = (id: string) => ({ id }) as Segment
const id = fc.constantFrom(...ids)
const step = fc.oneof(
  fc.record({ look: fc.subarray(ids) }),
  fc.record({ read: id, by: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ ended: id }),
)

test("a cursor stands for how far each segment was read, whichever is read beside it, ends or goes", () => {
  const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    const place = new LogCursor(undefined)
    const model = new Map<string, number>()
    const texts: { text: () => string; offsets: number[] }[] = []
    const offsets = () => ids.map((one) => model.get(one) ?? 0)
    let gone = new Set<string>()
    for (const one of steps) {
      if ("look" in one) {
        place.look(one.look.map(segment))
        const missing = [...model.keys()].filter((known) => !one.look.includes(known))
        for (const known of missing) if (gone.has(known)) model.delete(known)
        gone = new Set(missing)
      } else if ("read" in one) {
        model.set(one.read, (model.get(one.read) ?? 0) + one.by)
        texts.push({ text: place.after(one.read, model.get(one.read)!), offsets: offsets() })
      } else place.ended(one.ended)
      expect(ids.map((known) => place.offset(known))).toEqual(offsets())
    }
    for (const { text, offsets: then } of texts) {
      const cursor = new LogCursor(text())
      expect(ids.map((known) => cursor.offset(known))).toEqual(then)
    }
  })
  fc.assert(property, { numRuns: 300, seed: Number(process.env.PERSIST_SEED ?? 1) })
})

test.each([
  "{}",
  "[1]",
  '[["a"]]',
  '[["a",1,2]]',
  "[[1,1]]",
  '[["a",-1]]',
  '[["a",0.5]]',
  '[["a","1"]]',
  "[",
])("%s is no cursor", (text) => {
  const cursor = Buffer.from(text).toString("base64url")
  expect(() => new LogCursor(cursor)).toThrow(/no cursor/)
})
