import { join } from "node:path"
import { PersistError } from "@persist/core"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  type SeamCall,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../../src/index.ts"
import { leftovers } from "../../torture/leftovers.ts"
import { temporaryFolder } from "../temporary-folder.ts"

const work = {
  save: (storage: FileStorage) => storage.save("a", "new"),
  "save with version and backup": (storage: FileStorage) =>
    storage.save("a", "new", { version: true, backup: true }),
  saveSync: async (storage: FileStorage) =>
    storage.saveSync("a", "new", { version: true, backup: true }),
  update: (storage: FileStorage) => storage.update("a", () => "new"),
  saveStream: (storage: FileStorage) =>
    storage.saveStream("a", ['"n', 'ew"'], { serializer: storage.serializer }),
  "saveStream with version and backup": (storage: FileStorage) => {
    const { serializer } = storage
    return storage.saveStream("a", ['"n', 'ew"'], { serializer, version: true, backup: true })
  },
}

// Taking away and looking: what a full or failing disk does not refuse.
const mayFail: ReadonlySet<string> = new Set([
  "unlinkSync",
  "closeSync",
  "lstatSync",
  "fstatSync",
  "readdirSync",
])

/** A storage that holds a value, and whose call at the seam with this number fails, if it may. */
async function failingAt(index: number, code: string) {
  const directory = join(temporaryFolder(), "data")
  await using before = new FileStorage({ directory, durability: "none" })
  await before.save("a", "old")
  await before.close()
  // Which calls are made, and in what order, depends on how fast the disk is just now.
  let reached: SeamCall | undefined
  const fileSystem = interferingFileSystem((call) => {
    if (call.index !== index) return
    reached = call
    if (!mayFail.has(call.name)) throw systemError(code, call)
  })
  const storage = new FileStorage({ directory, fileSystem })
  return { directory, storage, reached: () => reached }
}

describe.each(Object.entries(work))("FileStorage, %s, when a call fails", (name, act) => {
  test.each(["ENOSPC", "EIO"])(
    "fails as %s with the old value whole, or has saved; nothing is left behind",
    async (code) => {
      let [failed, succeeded] = [0, 0]
      for (let index = 0; ; index++) {
        const { directory, storage, reached } = await failingAt(index, code)
        const outcome = await act(storage).catch((error: unknown) => error)
        await storage.close()
        const call = reached()
        if (call === undefined) break
        await using fresh = new FileStorage({ directory, durability: "none" })
        const value = await fresh.load("a")
        const where = `${name}, call ${index}: ${call.name}`
        if (mayFail.has(call.name)) expect(value, where).toBe("new")
        else if (PersistError.is(outcome)) {
          failed++
          const cause = outcome.cause as { readonly code?: string } | undefined
          expect(cause?.code, where).toBe(code)
          expect(value, where).toBe(outcome.code === "ERR_PERSIST_INDETERMINATE" ? "new" : "old")
        } else {
          succeeded++
          expect(outcome instanceof Error, `${where}: ${outcome}`).toBe(false)
          expect(value, where).toBe("new")
        }
        await fresh.save("a", "next")
        for (const { id } of await fresh.versions("a")) await fresh.load("a", { version: id })
        await fresh.close()
        expect(leftovers(directory), where).toEqual([])
      }
      expect(failed).toBeGreaterThan(3)
      expect(succeeded).toBeGreaterThan(0)
    },
  )
})
