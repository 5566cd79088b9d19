import { type Entry, PersistError, type SaveOptions } from "@persist/core"
import { FileStorage } from "@persist/file"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { count: 0, items: [] as string[] }

/** Saves, and then says that it cannot know whether it has. */
class DoubtfulStorage extends FileStorage {
  isDoubtful = true
  isDoubtfulSync = false

  override async save<T>(key: string, value: NoInfer<T>, options?: SaveOptions<T>): Promise<Entry> {
    const entry = await super.save<T>(key, value, options)
    if (!this.isDoubtful) return entry
    throw new PersistError("ERR_PERSIST_INDETERMINATE", "No answer came.")
  }

  override saveSync<T>(key: string, value: NoInfer<T>, options?: SaveOptions<T>): Entry {
    const entry = super.saveSync<T>(key, value, options)
    if (!this.isDoubtfulSync) return entry
    throw new PersistError("ERR_PERSIST_INDETERMINATE", "No answer came.")
  }
}

describe("A live state whose saves may have arrived or not", () => {
  const open = async () => {
    const storage = new DoubtfulStorage({ directory: temporaryDirectory() })
    onTestFinished(() => storage.close())
    const states = new StateManager({ storage })
    const live = await states.open("live", { initial, delay: "1h" })
    await expect(live.flush()).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    return { storage, states, live }
  }

  test("is in no conflict with itself", async () => {
    const { storage, states, live } = await open()
    live.update((draft) => void draft.count++)
    await expect(live.flush()).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    live.update((draft) => void draft.count++)
    live.flushSync()
    storage.isDoubtful = false
    live.update((draft) => void draft.count++)
    await live.flush()
    expect(await states.loadState("live")).toEqual({ ...initial, count: 3 })
  })

  test.each(["flush", "flushSync"] as const)(
    "saves what undo brought back after %s",
    async (save) => {
      const { storage, states, live } = await open()
      storage.isDoubtful = false
      await live.flush()
      storage.isDoubtful = storage.isDoubtfulSync = true
      live.update((draft) => void draft.count++)
      const saving = async () => live[save]()
      await expect(saving()).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
      storage.isDoubtful = storage.isDoubtfulSync = false
      live.undo()
      await live.flush()
      expect(await states.loadState("live")).toEqual(initial)
    },
  )

  test("overwrites nothing that comes while flushSync recognises its own", async () => {
    const { storage, states, live } = await open()
    storage.isDoubtful = false
    const theirs = { count: 100, items: ["theirs"] }
    const load = storage.loadSync.bind(storage)
    vi.spyOn(storage, "loadSync").mockImplementationOnce((...call) => {
      const ours = load(...call)
      storage.saveSync("live", theirs, { subfolder: "states" })
      return ours
    })
    live.update((draft) => void draft.count++)
    expect(() => live.flushSync()).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }),
    )
    expect(await states.loadState("live")).toEqual(theirs)
  })

  test("keeps what somebody else saved since", async () => {
    const { storage, states, live } = await open()
    storage.isDoubtful = false
    await states.saveState("live", { count: 100, items: ["theirs"] })
    live.update((draft) => void draft.count++)
    await expect(live.flush()).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(() => live.flushSync()).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }),
    )
    expect(await states.loadState("live")).toEqual({ count: 100, items: ["theirs"] })
  })
})

describe("LiveState.flushSync while another value is on its way", () => {
  test("is followed by what undo brought back", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    live.update((draft) => void draft.count++)
    const flushing = live.flush()
    live.update((draft) => void draft.count++)
    live.flushSync()
    live.undo()
    live.undo()
    await flushing
    await live.flush()
    expect(await states.loadState("live")).toEqual(initial)
  })

  test("overwrites nothing of somebody else's", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const theirs = { count: 100, items: ["theirs"] }
    await states.saveState("live", theirs)
    live.update((draft) => void draft.count++)
    const flushing = live.flush()
    expect(() => live.flushSync()).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }),
    )
    await expect(flushing).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(await states.loadState("live")).toEqual(theirs)
    await live.reload()
  })
})

test.each([
  ["undefined", () => undefined],
  ["a promise", async () => initial],
])("a live state whose merge returns %s stays as it is, and says so", async (_, merged) => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const merge = merged as unknown as () => typeof initial
  const live = await states.open("live", { initial, delay: "1h", merge })
  await live.flush()
  await states.saveState("live", { ...initial, count: 100 })
  live.update((draft) => void draft.items.push("mine"))
  await expect(live.flush()).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
  await expect(live.checkpoint()).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
  expect(live.value).toEqual({ ...initial, items: ["mine"] })
  expect(live.canUndo).toBe(true)
  expect(await states.loadState("live")).toEqual({ ...initial, count: 100 })
  await live.reload()
})

describe("LiveState.reload", () => {
  test("leaves what was never saved to be saved", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1ms" })
    await live.reload()
    expect(live.isDirty).toBe(true)
    await vi.waitFor(() => expect(live.isDirty).toBe(false), { timeout: 60_000 })
    await states.deleteState("live")
    await live.reload()
    await live.flush()
    expect(await states.loadState("live")).toEqual(initial)
  })

  test("leaves flushSync nothing to save where nothing was changed", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const theirs = { count: 100, items: ["theirs"] }
    await states.saveState("live", theirs)
    const reloading = live.reload()
    live.flushSync()
    expect(await reloading).toEqual(theirs)
    expect(await states.loadState("live")).toEqual(theirs)
  })

  test("is no conflict any more though a flushSync met one meanwhile", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const theirs = { count: 100, items: ["theirs"] }
    await states.saveState("live", theirs)
    live.update((draft) => void draft.count++)
    const reloading = live.reload()
    expect(() => live.flushSync()).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }),
    )
    expect(await reloading).toEqual(theirs)
    live.update((draft) => void draft.count++)
    await live.flush()
    expect(await states.loadState("live")).toEqual({ ...theirs, count: 101 })
  })

  test("that fails beside a flushSync is in no conflict with it", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    const failure = new Error("no reading")
    const read = states.storage.loadEntry.bind(states.storage)
    vi.spyOn(states.storage, "loadEntry")
      .mockImplementationOnce(async (...call) => {
        const before = await read(...call)
        live.update((draft) => void draft.count++)
        live.flushSync()
        return before
      })
      .mockRejectedValueOnce(failure)
    await expect(live.reload()).rejects.toBe(failure)
    live.update((draft) => void draft.count++)
    await live.flush()
    expect(await states.loadState("live")).toEqual({ ...initial, count: 2 })
  })

  test("meets saves that are asked for meanwhile, and what it takes is what is stored", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    for (const save of [() => live.flush(), () => live.flushSync(), () => live.checkpoint()]) {
      live.update((draft) => void draft.count++)
      const reloading = live.reload()
      const saving = save()
      await Promise.all([reloading, saving])
      await live.flush()
      expect(await states.loadState("live")).toEqual(live.value)
      live.update((draft) => void draft.items.push("more"))
      await live.flush()
      expect(await states.loadState("live")).toEqual(live.value)
    }
  })
})
