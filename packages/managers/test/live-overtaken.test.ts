import { PersistError } from "@persist/core"
import { expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/**
 * A live state that is saved as `{ n: 0 }`, and whose next save is made at once, but not heard of before `tell`, or
 * not made before it.
 */
async function held(change: "flush" | "checkpoint" = "flush", isMade = true, merges = false) {
  const states = new StateManager({ directory: temporaryDirectory() })
  onTestFinished(() => states.close())
  const { storage } = states
  const merge = (mine: { n: number }) => mine
  const live = await states.open("live", {
    initial: { n: 0 },
    delay: "1h",
    ...(merges && { merge }),
  })
  await live.flush()
  const made = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  const save = storage.save.bind(storage)
  const saved: unknown[] = []
  vi.spyOn(storage, "save").mockImplementation(async (key, value, ...rest) => {
    if (key !== "live") return save(key, value, ...rest)
    saved.push((value as { n: number }).n)
    const entry = isMade ? await save(key, value, ...rest) : undefined
    made.resolve()
    await told.promise
    return entry ?? save(key, value, ...rest)
  })
  live.set({ n: 1 })
  const saving = live[change]()
  await made.promise
  return { states, storage, live, saving, saved, tell: () => told.resolve() }
}

test("a value that nobody has saved yet is saved by itself", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial: { n: 0 }, delay: "1ms" })
  await vi.waitFor(() => expect(live.isDirty).toBe(false), { timeout: 60_000 })
  expect(await states.loadState("live")).toEqual({ n: 0 })
})

test("flush waits for what undo brought back while another value is on its way", async () => {
  const { states, live, tell } = await held()
  live.undo()
  const flushing = live.flush()
  tell()
  await flushing
  expect(await states.loadState("live")).toEqual({ n: 0 })
})

test("a checkpoint that waits for its turn never takes the state back behind flushSync", async () => {
  const { states, live, saving, saved, tell } = await held()
  live.set({ n: 2 })
  const checkpoint = live.checkpoint("two")
  live.set({ n: 3 })
  live.flushSync()
  tell()
  await Promise.all([saving, checkpoint])
  expect(saved).not.toContain(2)
  expect(await states.loadState("live")).toEqual({ n: 3 })
  expect(await states.loadState("live", { at: "two" })).toEqual({ n: 2 })
})

test("undo is saved though nobody knows whether flushSync has overtaken what it went back to", async () => {
  const { states, storage, live, saving, tell } = await held()
  const saveSync = storage.saveSync.bind(storage)
  const saveDoubtfully: typeof saveSync = (...call) => {
    saveSync(...call)
    throw new PersistError("ERR_PERSIST_INDETERMINATE", "No answer came.")
  }
  live.set({ n: 2 })
  // The first meets our own save, which is on its way.
  vi.spyOn(storage, "saveSync")
    .mockImplementationOnce(saveSync)
    .mockImplementationOnce(saveDoubtfully)
  expect(() => live.flushSync()).toThrow("No answer came.")
  live.undo()
  tell()
  await saving
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 1 })
})

test("a checkpoint that flushSync overtook goes into the history alone", async () => {
  const { states, live, saving, saved, tell } = await held("checkpoint", false)
  live.set({ n: 2 })
  live.flushSync()
  tell()
  expect(await states.loadState("live", { at: (await saving)! })).toEqual({ n: 1 })
  await live.flush()
  expect(saved).toEqual([1, 2])
})

test("a save that flushSync overtook with the same value is no conflict", async () => {
  const { states, live, saving, tell } = await held("flush", false)
  live.flushSync()
  tell()
  await saving
  expect(await states.loadState("live")).toEqual({ n: 1 })
})

test("what flushSync saves while a conflict with ourselves is recognised is no conflict either", async () => {
  const { states, storage, live, saving, tell } = await held("flush", false)
  live.set({ n: 2 })
  live.flushSync()
  const load = storage.loadEntry.bind(storage)
  vi.spyOn(storage, "loadEntry").mockImplementationOnce(async (...call) => {
    const before = await load(...call)
    live.set({ n: 3 })
    live.flushSync()
    return before
  })
  tell()
  await saving
  live.set({ n: 4 })
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 4 })
})

test("what merge makes is saved, though it be the value that was saved before", async () => {
  const { states, storage, live, saving, tell } = await held("flush", false, true)
  storage.saveSync("live", { n: 100 }, { subfolder: "states" })
  live.undo()
  tell()
  await saving
  expect(await states.loadState("live")).toEqual({ n: 0 })
})
