import { PersistError } from "@persist/core"
import { expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** A live state that is saved as `{ n: 0 }`, and whose next save is made at once, but not heard of before `tell`. */
async function held() {
  const states = new StateManager({ directory: temporaryDirectory() })
  onTestFinished(() => states.close())
  const { storage } = states
  const live = await states.open("live", { initial: { n: 0 }, delay: "1h" })
  await live.flush()
  const made = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  const save = storage.save.bind(storage)
  const saved: unknown[] = []
  vi.spyOn(storage, "save").mockImplementation(async (key, value, ...rest) => {
    if (key === "live") saved.push((value as { n: number }).n)
    const entry = await save(key, value, ...rest)
    made.resolve()
    await told.promise
    return entry
  })
  live.set({ n: 1 })
  const flushing = live.flush()
  await made.promise
  return { states, storage, live, flushing, saved, tell: () => told.resolve() }
}

test("a value that nobody has saved yet is saved by itself", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial: { n: 0 }, delay: "1ms" })
  await vi.waitFor(() => expect(live.isDirty).toBe(false), { timeout: 10_000 })
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
  const { states, live, flushing, saved, tell } = await held()
  live.set({ n: 2 })
  const checkpoint = live.checkpoint("two")
  live.set({ n: 3 })
  live.flushSync()
  tell()
  await Promise.all([flushing, checkpoint])
  expect(saved).not.toContain(2)
  expect(await states.loadState("live")).toEqual({ n: 3 })
  expect(await states.loadState("live", { at: "two" })).toEqual({ n: 2 })
})

test("undo is saved though nobody knows whether flushSync has overtaken what it went back to", async () => {
  const { states, storage, live, flushing, tell } = await held()
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
  await flushing
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 1 })
})
