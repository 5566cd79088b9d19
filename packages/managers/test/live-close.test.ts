import { describe, expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { count: 0, items: [] as string[] }

describe("While every save meets another change", () => {
  const open = async () => {
    const states = new StateManager({ directory: temporaryDirectory() })
    onTestFinished(() => states.close())
    const live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const save = states.storage.save.bind(states.storage)
    const refusals: unknown[] = []
    const saving = vi.spyOn(states.storage, "save").mockImplementation((...call) => {
      try {
        live.update((draft) => void draft.count++)
      } catch (error) {
        refusals.push(error)
      }
      return save(...call)
    })
    live.update((draft) => void draft.items.push("one"))
    return { states, live, saving, refusals }
  }

  test("flush ends with what was there at the call, and the rest is saved later", async () => {
    const { states, live, saving } = await open()
    for (let n = 0; n < 5; n++) {
      const { count } = live.value
      await Promise.all([live.flush(), live.flush(), live.checkpoint(), live.flush()])
      expect((await states.loadState<typeof initial>("live"))?.count).toBeGreaterThanOrEqual(count)
      expect(live.isDirty).toBe(true)
    }
    saving.mockRestore()
    await live.flush()
    expect(await states.loadState("live")).toEqual(live.value)
  })

  test("close ends, and what comes after the call is refused", async () => {
    const { states, live, refusals } = await open()
    await Promise.all([live.close(), live.close()])
    expect(refusals).toMatchObject([{ code: "ERR_PERSIST_CLOSED" }])
    expect(await states.loadState("live")).toEqual({ count: 0, items: ["one"] })
    expect(live.isDirty).toBe(false)
  })

  test("a close that fails leaves it open", async () => {
    const { states, live, saving } = await open()
    saving.mockRestore()
    await states.saveState("live", { ...initial, count: 100 })
    await expect(live.close()).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    await live.reload()
    live.update((draft) => void draft.count++)
    await live.close()
    expect(await states.loadState("live")).toEqual({ ...initial, count: 101 })
  })
})

test("closing the manager saves what its live states hold", async () => {
  const directory = temporaryDirectory()
  const states = new StateManager({ directory })
  const live = await states.open("live", { initial: { n: 0 }, delay: "1h" })
  live.update((draft) => void draft.n++)
  await states.close()
  await using again = new StateManager({ directory })
  expect(await again.loadState("live")).toEqual({ n: 1 })
  expect(() => live.update(() => undefined)).toThrow(/closed/)
})

test("closing the manager saves what could not be saved the first time", async () => {
  const directory = temporaryDirectory()
  const states = new StateManager({ directory })
  const lives = await Promise.all(
    ["one", "other"].map((name) => states.open(name, { initial: { n: 0 }, delay: "1h" })),
  )
  for (const live of lives) live.update((draft) => void draft.n++)
  vi.spyOn(states.storage, "save").mockRejectedValueOnce(new Error("no space"))
  await expect(states.close()).rejects.toThrow("no space")
  await states.close()
  await states.close()
  await using again = new StateManager({ directory })
  expect(await again.loadState("one")).toEqual({ n: 1 })
  expect(await again.loadState("other")).toEqual({ n: 1 })
})
