import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { count: 0, items: [] as string[] }

test("undo goes back as many steps as it may, and no further", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial: { n: 0 }, undoLimit: 3 })
  for (let n = 1; n <= 500; n++) live.update((draft) => void draft.n++)
  let steps = 0
  while (live.undo()) steps++
  expect([steps, live.value.n]).toEqual([3, 497])
  while (live.redo()) steps++
  expect([steps, live.value.n]).toEqual([6, 500])
})

test("changes that follow one another fast are one step, but not across an undo or a reload", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial, delay: "1h", undoBurst: "1h" })
  const count = () => live.update((draft) => void draft.count++)
  count()
  count()
  live.undo()
  expect([live.value.count, live.canUndo]).toEqual([0, false])
  live.redo()
  count()
  live.undo()
  expect([live.value.count, live.canUndo]).toEqual([2, true])
  count()
  await live.flush()
  await live.reload()
  expect(live.canUndo).toBe(false)
  count()
  expect(live.canUndo).toBe(true)
})
