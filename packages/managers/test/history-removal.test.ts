import { expect, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const items = Array.from({ length: 200 }, (_, n) => `item ${n}`)

/** A history of `count` checkpoints, each the changes to the one before. */
async function historyOf(count: number) {
  const states = new StateManager({ directory: temporaryDirectory() })
  for (let n = 0; n < count; n++) await states.saveState("a", { n, items }, { checkpoint: true })
  return { states, ids: (await states.history("a")).map(({ id }) => id) }
}

test("what stays of a history is changes to what stays before it, and not whole again", async () => {
  const { states, ids } = await historyOf(5)
  await states.pin("a", ids[0]!)
  await states.thinHistory("a", { last: 1 })
  const [first, last] = await states.history("a")
  expect([first?.id, last?.id]).toEqual([ids[0], ids[4]])
  expect(last!.size).toBeLessThan(first!.size / 2)
  expect(await states.loadState("a", { at: ids[4]! })).toEqual({ n: 4, items })
  await states.close()
})

test("what is left of a history whose removal was cut short can be read", async () => {
  const { states, ids } = await historyOf(4)
  const remove = states.storage.delete.bind(states.storage)
  let left = 3
  vi.spyOn(states.storage, "delete").mockImplementation(async (...call) => {
    if (--left < 0) throw new Error("killed")
    return remove(...call)
  })
  await expect(states.deleteState("a", { history: true })).rejects.toThrow("killed")
  const rest = await states.history("a")
  expect(rest.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  for (const [n, { id }] of rest.entries()) {
    expect(await states.loadState("a", { at: id })).toEqual({ n, items })
  }
  await states.close()
})
