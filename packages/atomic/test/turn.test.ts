import { join } from "node:path"
import { expect, test } from "vitest"
import { stageFile, syncFolder, withLock, writeFileAtomic } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"

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
