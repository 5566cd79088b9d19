import { describe, expect, onTestFinished, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { n: 0 }
const theirs = { n: 100 }

/** A live state that somebody else has overtaken, and that is being reloaded. */
async function reloading(unsaved: number | undefined) {
  const states = new StateManager({ directory: temporaryDirectory() })
  onTestFinished(() => states.close())
  const live = await states.open("live", { initial, delay: "1h" })
  await live.flush()
  await states.saveState("live", theirs)
  if (unsaved !== undefined) live.set({ n: unsaved })
  return { states, live, reloaded: live.reload() }
}

describe("While a live state is reloaded,", () => {
  test("a checkpoint of what it was goes into the history, not over what somebody else saved", async () => {
    const { states, live, reloaded } = await reloading(1)
    const made = [live.checkpoint("one"), live.checkpoint("two")]
    expect(await reloaded).toEqual(theirs)
    await Promise.all(made)
    expect(await states.loadState("live")).toEqual(theirs)
    await live.flush()
    expect(await states.loadState("live")).toEqual(theirs)
    for (const label of ["one", "two"]) {
      expect(await states.loadState("live", { at: label })).toEqual({ n: 1 })
    }
    live.set({ n: 2 })
    await live.checkpoint("three")
    expect(await states.loadState("live")).toEqual({ n: 2 })
  })

  test.each(["flush", "close"] as const)(
    "%s does not say that a change is saved which gives way",
    async (save) => {
      const { states, live, reloaded } = await reloading(undefined)
      live.set({ n: 1 })
      await expect(live[save]()).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
      expect(await reloaded).toEqual(theirs)
      live.set({ n: 2 })
      await live[save]()
      expect(await states.loadState("live")).toEqual({ n: 2 })
    },
  )

  test("flush has nothing to say of what was unsaved before, or comes after it", async () => {
    const { states, live, reloaded } = await reloading(1)
    const flushed = live.flush()
    live.set({ n: 2 })
    await flushed
    expect(await reloaded).toEqual(theirs)
    expect(await states.loadState("live")).toEqual(theirs)
  })

  test("flush knows what flushSync saved", async () => {
    const states = new StateManager({ directory: temporaryDirectory() })
    onTestFinished(() => states.close())
    const live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const reloaded = live.reload()
    live.set({ n: 1 })
    const flushed = live.flush()
    live.flushSync()
    await Promise.all([flushed, live.flush()])
    expect(await reloaded).toEqual({ n: 1 })
    expect(await states.loadState("live")).toEqual({ n: 1 })
  })
})
