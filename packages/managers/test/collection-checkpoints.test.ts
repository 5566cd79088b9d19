import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers"
import fc from "fast-check"
import { expect, test } from "vitest"
import { diffToStore } from "../src/diff/diff-to-store.ts"
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

test.each([
  ["a Buffer", Buffer.from("abc")],
  ["a symbol", Symbol.for("kept")],
  ["a date", new Date(5)],
  ["an error", new TypeError("kept")],
])("beside %s what changes is kept as changes", async (_, beside) => {
  const saved = [1, 2].map((n) => ({ words, beside, n }))
  const { sizes, loaded } = await history(new PickleSerializer(), saved)
  expect(sizes[1]).toBeLessThan(sizes[0]! / 10)
  expect(loaded).toStrictEqual(saved)
})

class Account {
  #balance: number
  constructor(balance: number) {
    this.#balance = balance
  }
  get balance(): number {
    return this.#balance
  }
}

test("what changes inside an instance of a class, where nobody sees it, is in the checkpoint", async () => {
  const serializer = new PickleSerializer().register({
    class: Account,
    save: ({ balance }) => ({ balance }),
    revive: ({ balance }) => new Account(Number(balance)),
  })
  const saved = [1, 2, 3].map((balance) => ({ words, account: new Account(balance) }))
  const { loaded } = await history(serializer, saved)
  expect(loaded.map((one) => one!.account.balance)).toEqual([1, 2, 3])
})

test("a list that is of a class in one state and of none in the next, is so in their checkpoints", async () => {
  class Steps extends Array<number> {}
  const serializer = new PickleSerializer().register({
    class: Steps,
    save: (steps) => ({ all: [...steps] }),
    revive: ({ all }) => Steps.from(all as number[]) as Steps,
  })
  const saved = [Steps.from([1, 2]), [1, 2], Steps.from([1, 2])].map((list) => ({ words, list }))
  const { loaded } = await history(serializer, saved)
  expect(loaded.map((one) => one!.list instanceof Steps)).toEqual([true, false, true])
})

test("a list's properties beside its items are in the checkpoint", async () => {
  const saved = ["ab", "aab", "b"].map((text) => ({ words, found: text.match(/b/) }))
  const { loaded } = await history(new PickleSerializer(), saved)
  expect(loaded.map((one) => one!.found!.index)).toEqual([1, 2, 0])
})

async function history<T>(serializer: PickleSerializer, saved: readonly T[]) {
  const directory = temporaryDirectory()
  await using storage = new FileStorage({ directory, serializer, durability: "none" })
  await using states = new StateManager({ storage })
  for (const value of saved) await states.saveState("it", value, { checkpoint: true })
  const all = await states.history("it")
  const loaded = await Promise.all(all.map(({ id }) => states.loadState<T>("it", { at: id })))
  return { sizes: all.map(({ size }) => size), loaded }
}
