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
}

// Taking away and looking: what a full or failing disk does not refuse.
const mayFail: ReadonlySet<string> = new Set([
  "unlinkSync",
  "closeSync",
  "lstatSync",
  "fstatSync",
  "readdirSync",
])

/** The calls at the seam of one piece of work, on a storage that holds a value. */
async function callsOf(act: (storage: FileStorage) => Promise<unknown>): Promise<SeamCall[]> {
  const { storage, calls } = await prepared(() => {})
  await act(storage)
  await storage.close()
  return calls
}

async function prepared(interfere: (call: SeamCall, index: number) => void) {
  const directory = join(temporaryFolder(), "data")
  await using before = new FileStorage({ directory, durability: "none" })
  await before.save("a", "old")
  await before.close()
  const calls: SeamCall[] = []
  const fileSystem = interferingFileSystem((call) => {
    calls.push(call)
    interfere(call, calls.length - 1)
    return undefined
  })
  return { directory, calls, storage: new FileStorage({ directory, fileSystem }) }
}

describe.each(Object.entries(work))("FileStorage, %s, when a call fails", (name, act) => {
  test.each(["ENOSPC", "EIO"])(
    "fails as %s with the old value whole, or has saved; nothing is left behind",
    { timeout: 60_000 },
    async (code) => {
      const calls = await callsOf(act)
      expect(calls.length).toBeGreaterThan(10)
      let [failed, succeeded] = [0, 0]
      for (let index = 0; index < calls.length; index++) {
        if (mayFail.has(calls[index]!.name)) continue
        const { directory, storage } = await prepared((call, now) => {
          if (now === index) throw systemError(code, call)
        })
        const outcome = await act(storage).catch((error: unknown) => error)
        await storage.close()
        await using fresh = new FileStorage({ directory, durability: "none" })
        const value = await fresh.load("a")
        const where = `${name}, call ${index}: ${calls[index]!.name}`
        if (PersistError.is(outcome)) {
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
