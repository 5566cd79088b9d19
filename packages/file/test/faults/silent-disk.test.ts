import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../../src/index.ts"
import { leftovers } from "../../torture/leftovers.ts"
import { temporaryFolder } from "../temporary-folder.ts"

const kept = { version: true, backup: true } as const
const changes = [
  ["save", (storage: FileStorage) => storage.save("a", "new", kept), "new"],
  ["saveSync", async (storage: FileStorage) => storage.saveSync("a", "new", kept), "new"],
  ["update", (storage: FileStorage) => storage.update("a", () => "new", kept), "new"],
  ["delete", (storage: FileStorage) => storage.delete("a", { backup: true }), undefined],
] as const

/** A storage with the value "old", whose disk answers nothing any more once a call is made that would change its file. */
async function fallingSilent(takesEffect: boolean) {
  const directory = join(temporaryFolder(), "data")
  const file = join(directory, "a.json")
  const disk = { isDown: false }
  const fileSystem = interferingFileSystem((call) => {
    if (disk.isDown) throw systemError("EIO", call)
    const isRename = call.name === "renameSync" && call.values[1] === file
    if (!isRename && (call.name !== "unlinkSync" || call.values[0] !== file)) return
    return () => {
      disk.isDown = true
      const [from, to] = call.values as [string, string]
      if (takesEffect && isRename) nodeFileSystem.renameSync(from, to)
      else if (takesEffect) nodeFileSystem.unlinkSync(from)
      throw systemError("ETIMEDOUT", call)
    }
  })
  await using before = new FileStorage({ directory, durability: "none" })
  await before.save("a", "old")
  await before.close()
  return { storage: new FileStorage({ directory, fileSystem, durability: "none" }), disk }
}

describe.each(changes)("%s on a disk that falls silent at the last step", (_name, act, value) => {
  test.each([true, false])("is none that failed, for nobody knows; it did: %s", async (isDone) => {
    const { storage, disk } = await fallingSilent(isDone)
    await expect(act(storage)).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      cause: { code: "ETIMEDOUT" },
    })
    disk.isDown = false
    expect(await storage.load("a")).toBe(isDone ? value : "old")
    // All that would be left of the value before.
    const [backup] = await storage.backups("a")
    expect(await storage.load("a", { version: backup!.id })).toBe("old")
    await storage.close()
    expect(leftovers(storage.directory).filter((path) => /[0-9a-f]{24}\.lock$/.test(path))).toEqual(
      [],
    )
  })
})

test("a delete that was refused for want of rights has failed, though no look is allowed either", async () => {
  const directory = join(temporaryFolder(), "data")
  const file = join(directory, "a.json")
  let isShut = false
  const fileSystem = interferingFileSystem((call) => {
    if (call.values[0] !== file) return
    if (call.name === "unlinkSync") isShut = true
    if (isShut) throw systemError("EACCES", call)
  })
  await using storage = new FileStorage({ directory, fileSystem, durability: "none" })
  await storage.save("a", "old")
  await expect(storage.delete("a", { backup: true })).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: { code: "EACCES" },
  })
  isShut = false
  expect(await storage.backups("a")).toEqual([])
  expect(await storage.load("a")).toBe("old")
})

test.each(changes)(
  "%s has failed when its backup is a copy whose folder cannot be synced: the value is as before",
  async (_name, act) => {
    const directory = join(temporaryFolder(), "data")
    let isDown = false
    const fileSystem = interferingFileSystem((call) => {
      if (isDown && /^fsync/.test(call.name)) throw systemError("EIO", call)
      const path = String(call.values[1])
      if (call.name === "linkSync" && /\.persist.backups/.test(path))
        throw systemError("EPERM", call)
      // Only the copy is renamed into this folder, and its own sync is behind it.
      if (call.name !== "renameSync" || !/\.persist.backups/.test(path)) return
      return () => {
        nodeFileSystem.renameSync(String(call.values[0]), path)
        isDown = true
      }
    })
    const storage = new FileStorage({ directory, fileSystem })
    await storage.save("a", "old")
    await expect(act(storage)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { code: "EIO" },
    })
    isDown = false
    expect(await storage.load("a")).toBe("old")
    await storage.close()
  },
)
