import { setImmediate as nextTurn } from "node:timers/promises"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { count: 0, items: [] as string[] }

describe("StateManager.open", () => {
  test("saves changes by itself, many together", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const live = await states.open("live", { initial, delay: "20ms" })
    for (let n = 0; n < 1000; n++) live.update((draft) => void draft.count++)
    expect(live.value.count).toBe(1000)
    expect(live.isDirty).toBe(true)
    await vi.waitFor(() => expect(live.isDirty).toBe(false), { timeout: 60_000 })
    expect(await states.loadState("live")).toEqual({ count: 1000, items: [] })
    await live.close()
    expect(() => live.update(() => undefined)).toThrow(/closed/)
    const again = await states.open("live", { initial })
    expect(again.value.count).toBe(1000)
    await again.close()
  })

  test("flush makes durable, flushSync at once", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    live.update((draft) => void draft.items.push("a"))
    const flushing = live.flush()
    live.update((draft) => void draft.items.push("b"))
    live.flushSync()
    expect(states.storage.loadSync("live", { subfolder: "states" })).toMatchObject({
      items: ["a", "b"],
    })
    await flushing
    await live.flush()
    expect(await states.loadState("live")).toEqual({ count: 0, items: ["a", "b"] })
    live.update((draft) => void draft.count++)
    live.flushSync()
    expect(live.isDirty).toBe(false)
    expect(await states.loadState("live")).toEqual({ count: 1, items: ["a", "b"] })
  })

  test("goes on when flushSync overtakes one save after another", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    live.update((draft) => void draft.count++)
    const flushing = live.flush()
    for (let n = 0; n < 30; n++) {
      live.update((draft) => void draft.count++)
      live.flushSync()
      await nextTurn()
    }
    await flushing
    live.update((draft) => void draft.items.push("last"))
    await live.flush()
    expect(await states.loadState("live")).toEqual({ count: 31, items: ["last"] })
  })

  test("flushSync saves what undo brought back, though another value is on its way", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    live.update((draft) => void draft.count++)
    const flushing = live.flush()
    live.undo()
    live.flushSync()
    const seen = new Set<unknown>()
    let isOver = false
    const over = flushing.then(() => {
      isOver = true
    })
    while (!isOver) {
      seen.add(states.storage.loadSync<typeof initial>("live", { subfolder: "states" })?.count)
      await nextTurn()
    }
    await over
    expect([...seen]).toEqual([0])
  })

  test("tells its subscribers, undoes and redoes", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial })
    const seen: number[] = []
    const end = live.subscribe(({ count }) => seen.push(count))
    for (let n = 0; n < 3; n++) live.update((draft) => void draft.count++)
    expect([live.undo(), live.undo(), live.redo()]).toEqual([true, true, true])
    live.update((draft) => void draft.count--)
    expect(live.redo()).toBe(false)
    end()
    live.undo()
    expect(seen).toEqual([1, 2, 3, 2, 1, 2, 1])
    expect(live.value.count).toBe(2)
  })

  test("refuses to be changed by the recipe of an update, which would undo it", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial })
    live.update((draft) => void draft.count++)
    for (const change of [() => live.undo(), () => live.redo(), () => live.set(initial)]) {
      const recipe = (draft: typeof initial) => {
        draft.count = 9
        change()
      }
      expect(() => live.update(recipe)).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_INVALID_ARGUMENT" }),
      )
    }
    expect(live.value.count).toBe(1)
    expect(live.undo()).toBe(true)
  })

  test("waits as long as a timer can, no less, when the delay is longer", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    onTestFinished(() => void vi.useRealTimers())
    const live = await states.open("live", { initial, delay: "60d" })
    vi.advanceTimersByTime(86_400_000)
    expect(live.isDirty).toBe(true)
  })

  test("never overwrites what somebody else saved", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    await states.saveState("live", { count: 100, items: ["theirs"] })
    live.update((draft) => void draft.items.push("mine"))
    await expect(live.flush()).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(() => live.flushSync()).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }),
    )
    expect(await states.loadState("live")).toEqual({ count: 100, items: ["theirs"] })
    expect(await live.reload()).toEqual({ count: 100, items: ["theirs"] })
    expect(live.canUndo).toBe(false)
    await live.close()
  })

  test("merges on request", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const merge = (mine: typeof initial, theirs: typeof initial) => ({
      count: Math.max(mine.count, theirs.count),
      items: [...new Set([...theirs.items, ...mine.items])],
    })
    await using one = await states.open("live", { initial, delay: "1h", merge })
    await using two = await states.open("live", { initial, delay: "1h", merge })
    one.update((draft) => void draft.items.push("one"))
    two.update((draft) => void draft.items.push("two"))
    await one.flush()
    await two.flush()
    expect(await states.loadState("live")).toEqual({ count: 0, items: ["one", "two"] })
  })

  test("saves nothing over what merge could not join, however often it is tried", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const cannot = new Error("cannot")
    const merge = vi.fn((): typeof initial => {
      throw cannot
    })
    const live = await states.open("live", { initial, delay: "1h", merge })
    await live.flush()
    await states.saveState("live", { ...initial, count: 100 })
    live.update((draft) => void draft.count++)
    for (let times = 1; times <= 2; times++) {
      await expect(live.flush()).rejects.toBe(cannot)
      expect(merge).toHaveBeenCalledTimes(times)
    }
    expect(await states.loadState("live")).toEqual({ ...initial, count: 100 })
    merge.mockReturnValue({ ...initial, count: 101 })
    await live.close()
    expect(await states.loadState("live")).toEqual({ ...initial, count: 101 })
  })

  test("keeps a change whose save failed, and says so", async () => {
    const errors: unknown[] = []
    await using states = new StateManager({ directory: temporaryDirectory() })
    const onError = (error: unknown) => errors.push(error)
    const live = await states.open<unknown>("live", { initial: 1, delay: 0, onError })
    await live.flush()
    live.set(() => "a function")
    await vi.waitFor(() => expect(errors).toHaveLength(1), { timeout: 60_000 })
    expect(errors[0]).toMatchObject({ code: "ERR_PERSIST_ENCODE" })
    expect(await states.loadState("live")).toBe(1)
    live.set(2)
    await live.close()
    expect(await states.loadState("live")).toBe(2)
    await expect(states.open("live", {} as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })
})

test.each([
  [true, [{ count: 0 }, { count: 1 }]],
  [undefined, []],
] as const)("with backup %s, what saves replace is kept or not", async (backup, kept) => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const options = { initial, delay: "1h", ...(backup && { backup }) } as const
  await using live = await states.open("live", options)
  await live.flush()
  live.update((draft) => void draft.count++)
  await live.flush()
  live.update((draft) => void draft.count++)
  live.flushSync()
  const backups = await states.storage.backups("live", { subfolder: "states" })
  const loaded = backups.map(({ id }) =>
    states.storage.load("live", { subfolder: "states", version: id }),
  )
  expect(await Promise.all(loaded)).toMatchObject(kept)
  expect(backups).toHaveLength(kept.length)
})

test("the logger hears of a save in the background that failed", async () => {
  const error = vi.fn()
  await using states = new StateManager({ directory: temporaryDirectory(), logger: { error } })
  const failure = new Error("no disk")
  vi.spyOn(states.storage, "save").mockRejectedValueOnce(failure)
  await using live = await states.open("live", { initial, delay: "1ms" })
  await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(1), { timeout: 60_000 })
  expect(error).toHaveBeenCalledWith(expect.stringContaining('"live"'), failure)
  expect(live.isDirty).toBe(true)
})
