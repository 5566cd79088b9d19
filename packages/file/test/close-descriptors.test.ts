import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { expect, onTestFinished, test, vi } from "vitest"
import { interferingFileSystem } from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const ext4 = 0xef53

/** A file system of a kind whose replaced files a thread frees, and what is open on it. */
function counting() {
  const open = new Set<number>()
  const fileSystem = interferingFileSystem(({ name, values }) => {
    if (name === "kindSync") return () => ext4
    if (name === "openSync") {
      return () => {
        const descriptor = Reflect.apply(nodeFileSystem.openSync, undefined, values) as number
        open.add(descriptor)
        return descriptor
      }
    }
    if (name === "closeSync") open.delete(values[0] as number)
    if (name !== "close") return undefined
    return async () => {
      await nodeFileSystem.close(values[0] as number)
      open.delete(values[0] as number)
    }
  })
  return { open, fileSystem }
}

test("FileStorage.close resolves when nothing is open any more, so that the disk can be unmounted", async () => {
  const { open, fileSystem } = counting()
  const directory = join(temporaryFolder(), "data")
  const storage = new FileStorage({ directory, durability: "none", fileSystem })
  const large = "x".repeat(300_000)
  for (let round = 0; round < 3; round++) {
    for (const key of ["a", "b", "c"]) await storage.save(key, large + round, { backup: true })
  }
  await storage.saveStream("stream", ["first"])
  await storage.saveStream("stream", ["second"])
  await storage.save("a", 1)
  await storage.close()
  expect([...open]).toEqual([])
})

test("FileStorage.close leaves no timer behind for a test that has intervals of its own and no more", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
  onTestFinished(() => void vi.useRealTimers())
  const storage = new FileStorage({ directory: join(temporaryFolder(), "data") })
  await storage.save("a", 1)
  expect(vi.getTimerCount()).toBeGreaterThan(0)
  await storage.close()
  expect(vi.getTimerCount()).toBe(0)
})
