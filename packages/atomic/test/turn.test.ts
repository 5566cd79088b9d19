import { join } from "node:path"
import { afterEach, expect, test, vi } from "vitest"
import {
  stageFile,
  syncFolder,
  withLock,
  writeFileAtomic,
  writeFileAtomicSync,
} from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

const unsynced = { durability: "none" } as const

test.each<[string, (path: string) => Promise<unknown>]>([
  ["writeFileAtomic", (path) => writeFileAtomic(path, "text", unsynced)],
  ["writeFileAtomic of pieces", (path) => writeFileAtomic(path, ["te", "xt"], unsynced)],
  ["stageFile", async (path) => (await stageFile(path, "text", unsynced)).commit()],
  ["withLock", (path) => withLock(path, async () => {})],
  ["syncFolder", (path) => syncFolder(join(path, ".."))],
])("%s in a loop lets timers run, though nothing waits for the disk", async (_name, work) => {
  const path = join(temporaryFolder(), "file")
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, 1)
  const start = performance.now()
  while (!isOver && performance.now() - start < 5_000) await work(path)
  expect(isOver).toBe(true)
})

test("a crowd of writes at once lets timers run before the last one is done", async () => {
  const folder = temporaryFolder()
  const text = "x".repeat(65_536)
  let done = 0
  const write = async (_: unknown, index: number) => {
    await writeFileAtomic(join(folder, String(index)), text, unsynced)
    done++
  }
  const writes = Array.from({ length: 400 }, write)
  const doneAtTurn = new Promise<number>((resolve) => setTimeout(() => resolve(done), 1))
  await Promise.all(writes)
  expect(await doneAtTurn).toBeLessThan(400)
})

test("a source that never waits lets timers run too, so that a signal can end it", async () => {
  const path = join(temporaryFolder(), "file")
  const start = performance.now()
  let ranOut = false
  function* source() {
    while (performance.now() - start < 5_000) yield "piece"
    ranOut = true
  }
  const aborting = new AbortController()
  setTimeout(() => aborting.abort(), 1)
  const writing = writeFileAtomic(path, source(), { ...unsynced, signal: aborting.signal })
  await expect(writing).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
  expect(ranOut).toBe(false)
})

test("an asynchronous source that never waits lets timers run too", async () => {
  const path = join(temporaryFolder(), "file")
  const start = performance.now()
  let isOver = false
  async function* source() {
    while (!isOver && performance.now() - start < 5_000) yield "piece"
  }
  setTimeout(() => {
    isOver = true
  }, 1)
  await writeFileAtomic(path, source(), unsynced)
  expect(isOver).toBe(true)
})

test("a synchronous write keeps no program alive: what ends with one would begin again for ever", async () => {
  const path = join(temporaryFolder(), "file")
  for (let count = 0; count < 5; count++) await writeFileAtomic(path, "text")
  await new Promise(setImmediate)
  const immediates = () =>
    process.getActiveResourcesInfo().filter((resource) => resource === "Immediate").length
  const before = immediates()
  writeFileAtomicSync(path, "text")
  expect(immediates()).toBe(before)
})

/** `turn.ts` anew, where the next calls that ask for a turn's end fail. */
async function turnsThatFail() {
  const { setImmediate: soon } = globalThis
  let failures = 0
  vi.stubGlobal("setImmediate", (work: () => void) => {
    if (failures-- > 0) throw new RangeError("Maximum call stack size exceeded")
    return soon(work)
  })
  vi.resetModules()
  const turns = await import("../src/turn.ts")
  const fail = (count: number) => {
    failures = count
  }
  return { ...turns, fail }
}

test("a turn whose end could not be asked for is no turn without an end", async () => {
  const { turnNumber, fail } = await turnsThatFail()
  fail(1)
  expect(turnNumber).toThrow(RangeError)
  const before = turnNumber()
  await new Promise(setImmediate)
  expect(turnNumber()).toBe(before + 1)
})

test("who could not wait for a turn leaves no failure to those who come after", async () => {
  const { othersTurn, fail } = await turnsThatFail()
  othersTurn()
  const begin = performance.now()
  while (performance.now() - begin < 11);
  fail(1)
  expect(othersTurn).toThrow(RangeError)
  await expect(othersTurn()).resolves.toBeUndefined()
})
