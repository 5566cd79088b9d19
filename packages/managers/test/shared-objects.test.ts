import { FileStorage } from "@persist/file"
import { PickleSerializer, YamlSerializer } from "@persist/serializers"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

interface Pair {
  readonly a: object
  readonly b: object
  readonly of?: Map<object, number> | Set<object>
}

const text = "some text that makes it worth while to keep the changes alone, ".repeat(8)

async function saved(serializer: PickleSerializer | YamlSerializer, values: readonly Pair[]) {
  const directory = temporaryDirectory()
  await using storage = new FileStorage({ directory, serializer, durability: "none" })
  await using states = new StateManager({ storage })
  for (const value of values) await states.saveState("pair", value, { checkpoint: true })
  const history = await states.history("pair")
  const loaded = history.map(({ id }) => states.loadState<Pair>("pair", { at: id }))
  return { sizes: history.map(({ size }) => size), pairs: (await Promise.all(loaded)) as Pair[] }
}

test.each([new PickleSerializer(), new YamlSerializer()])(
  "what is one object in a state is one in its checkpoint, and what is two is two: %o",
  async (serializer) => {
    const one = { n: 1, text }
    const shared = { a: one, b: one }
    const apart = { a: { n: 1, text }, b: { n: 1, text } }
    const { pairs, sizes } = await saved(serializer, [shared, apart, apart, shared, shared])
    expect(pairs.map(({ a, b }) => a === b)).toEqual([true, false, false, true, true])
    // Where nothing of that changes, a checkpoint is as small as ever.
    for (const index of [2, 4]) expect(sizes[index]).toBeLessThan(sizes[index - 1]! / 2)
  },
)

test("an object that is in a list already is found in a map whose key it becomes", async () => {
  const a = { n: 1, text }
  const b = { n: 2, text }
  const { pairs } = await saved(new PickleSerializer(), [
    { a, b, of: new Map() },
    { a, b, of: new Map([[a, 5]]) },
  ])
  expect((pairs[1]!.of as Map<object, number>).get(pairs[1]!.a)).toBe(5)
})

test("so is a list in a set", async () => {
  const [a, b]: [string[], string[]] = [[], [text]]
  const { pairs } = await saved(new PickleSerializer(), [
    { a, b, of: new Set() },
    { a, b, of: new Set([a]) },
  ])
  expect(pairs[1]!.of!.has(pairs[1]!.a)).toBe(true)
})
