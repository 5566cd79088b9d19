import { FileStorage } from "@persist/file"
import { expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const items = Array.from({ length: 50 }, (_, n) => `item ${n}`)

/** Two managers of one folder, the second with a clock that is ahead, and how often the first lists. */
function rivals() {
  const directory = temporaryDirectory()
  const states = new StateManager({ directory })
  const rival = new StateManager({ directory, clock: () => Date.now() + 3_600_000 })
  const list = vi.spyOn(states.storage, "list")
  onTestFinished(async () => {
    vi.restoreAllMocks()
    await states.close()
    await rival.close()
  })
  return { states, rival, list }
}

const numbers = async (states: StateManager) => {
  const history = await states.history("shared")
  const found = history.map(({ id }) => states.loadState<{ n: number }>("shared", { at: id }))
  return (await Promise.all(found)).map((state) => state!.n)
}

test("who alone adds checkpoints does not list those that are there", async () => {
  const { states, list } = rivals()
  await states.saveState("shared", { n: 0, items }, { checkpoint: true })
  list.mockClear()
  for (let n = 1; n < 4; n++) await states.saveState("shared", { n, items }, { checkpoint: true })
  const grow = (state: { n: number } | undefined) => ({ n: state!.n + 1, items })
  for (let n = 4; n < 7; n++) await states.updateState("shared", grow, { checkpoint: true })
  const live = await states.open("shared", { initial: { n: 0, items }, delay: "1h" })
  await live.checkpoint()
  list.mockClear()
  for (let n = 7; n < 10; n++) {
    live.set({ n: -n, items })
    await live.flush()
    live.set({ n, items })
    await live.checkpoint()
  }
  expect(list).not.toHaveBeenCalled()
  expect(await numbers(states)).toEqual([0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9])
})

test.each([
  [
    "saveState",
    (states: StateManager, n: number) =>
      states.saveState("shared", { n, items }, { checkpoint: true }),
  ],
  [
    "updateState",
    (states: StateManager, n: number) =>
      states.updateState("shared", () => ({ n, items }), { checkpoint: true }),
  ],
])(
  "%s comes behind what somebody else has added meanwhile, whose clock is ahead",
  async (_name, save) => {
    const { states, rival } = rivals()
    for (let n = 0; n < 9; n++) await save(n % 3 === 1 ? rival : states, n)
    expect(await numbers(states)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  },
)

test("what is added comes behind what was seen, though that left the state as it was", async () => {
  const { states, rival } = rivals()
  for (const n of [0, 1]) await states.saveState("shared", { n, items }, { checkpoint: true })
  await rival.fork("shared", "fork")
  expect(await states.history("shared")).toHaveLength(3)
  await states.saveState("shared", { n: 2, items }, { checkpoint: true })
  await states.updateState("shared", () => ({ n: 3, items }), { checkpoint: true })
  expect(await numbers(states)).toEqual([0, 1, 1, 2, 3])
})

test("every fiftieth is whole, however little has changed", async () => {
  const storage = new FileStorage({ directory: temporaryDirectory(), durability: "none" })
  const states = new StateManager({ storage })
  for (let n = 0; n < 52; n++) await states.saveState("shared", { n, items }, { checkpoint: true })
  const history = await states.history("shared")
  const isWhole = history.map(({ size }) => size > history[0]!.size / 2)
  expect([...isWhole.keys()].filter((n) => isWhole[n])).toEqual([0, 50])
  await states.close()
  await storage.close()
})
