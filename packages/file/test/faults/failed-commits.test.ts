import { readdirSync, unlinkSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { BytesSerializer, FileStorage } from "../../src/index.ts"
import { leftovers } from "../../torture/leftovers.ts"
import { temporaryFolder } from "../temporary-folder.ts"

/** A storage with the value "old", in which nothing can take the place of its file, nor can it be removed. */
async function withFixedFile() {
  const directory = join(temporaryFolder(), "data")
  const file = join(directory, "a.json")
  const warnings: unknown[] = []
  const fileSystem = interferingFileSystem((call) => {
    const isRefused =
      (call.name === "renameSync" && call.values[1] === file) ||
      (call.name === "unlinkSync" && call.values[0] === file)
    if (isRefused) throw systemError("EPERM", call)
  })
  await using before = new FileStorage({ directory, durability: "none" })
  await before.save("a", "old")
  await before.close()
  const logger = { warn: (...words: unknown[]) => warnings.push(words[0]) }
  return { storage: new FileStorage({ directory, fileSystem, logger }), warnings }
}

const kept = { version: true, backup: true } as const

describe("a change that the system refuses at its last step", () => {
  test.each([
    ["save", (storage: FileStorage) => storage.save("a", "new", kept)],
    ["saveSync", async (storage: FileStorage) => storage.saveSync("a", "new", kept)],
    ["update", (storage: FileStorage) => storage.update("a", () => "new", kept)],
    ["delete", (storage: FileStorage) => storage.delete("a", { backup: true })],
  ])("leaves no copy of what never was: %s", async (_name, act) => {
    const { storage } = await withFixedFile()
    await expect(act(storage)).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    expect(await storage.load("a")).toBe("old")
    expect(await storage.versions("a")).toEqual([])
    expect(await storage.backups("a")).toEqual([])
    await storage.close()
  })
})

test.each([
  ["save", (storage: FileStorage, options: object) => storage.save("a", 2, options)],
  ["saveSync", async (storage: FileStorage, options: object) => storage.saveSync("a", 2, options)],
])(
  "%s that comes too late for its revision leaves nothing of what it had staged",
  async (_name, act) => {
    const directory = join(temporaryFolder(), "data")
    await using storage = new FileStorage({ directory, durability: "none" })
    await storage.save("a", 1)
    const late = act(storage, { ...kept, ifRevision: "none" })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(readdirSync(join(directory, ".persist", "staging"))).toEqual([])
    expect(await storage.versions("a")).toEqual([])
  },
)

test("an update that has met others again and again looks once more whether it still keeps them out", async () => {
  const directory = join(temporaryFolder(), "data")
  await using storage = new FileStorage({ directory, durability: "none" })
  await using other = new FileStorage({ directory, durability: "none" })
  await storage.save("a", 0)
  let runs = 0
  const updated = storage.update<number>("a", async (current) => {
    if (++runs <= 3) await other.save("a", current! + 10)
    else {
      const locks = join(directory, ".persist", "locks")
      const [commitLock] = readdirSync(locks).filter((name) => /^[0-9a-f]{24}\.lock$/.test(name))
      unlinkSync(join(locks, commitLock!))
    }
    return current! + 1
  })
  await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
  expect(await storage.load("a")).toBe(30)
})

test.each([
  ["saveStream", (storage: FileStorage) => storage.saveStream("a", ["bytes"])],
  [
    "saveSync",
    async (storage: FileStorage) => {
      storage.saveSync("a", Buffer.from("bytes"), { serializer: new BytesSerializer() })
    },
  ],
])(
  "%s in another format has saved, though the file before is of a clock that was ahead and cannot be removed, and says so",
  async (_name, act) => {
    const { storage, warnings } = await withFixedFile()
    // From here on the storage knows how exact times are on this disk.
    await storage.save("b", 1)
    const ahead = Date.now() / 1000 + 3600
    utimesSync(await storage.pathOf("a"), ahead, ahead)
    await act(storage)
    expect(await storage.load("a")).toEqual(Buffer.from("bytes"))
    expect(warnings).toEqual([expect.stringContaining('A file of "a"')])
    await storage.close()
  },
)

test.each([
  ["save", async (storage: FileStorage) => void (await storage.save("a", "new", kept))],
  ["saveSync", async (storage: FileStorage) => void storage.saveSync("a", "new", kept)],
])(
  "%s that may not last after a power failure keeps what was recorded with it",
  async (_name, act) => {
    const directory = join(temporaryFolder(), "data")
    let isLast = false
    let isRenamed = false
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "renameSync" && call.values[1] === join(directory, "a.json"))
        isRenamed = isLast
      if (isRenamed && /^fsync/.test(call.name)) throw systemError("EIO", call)
    })
    const storage = new FileStorage({ directory, fileSystem })
    await storage.save("a", "old")
    isLast = true
    await expect(act(storage)).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    expect(await storage.load("a")).toBe("new")
    const [version] = await storage.versions("a")
    const [backup] = await storage.backups("a")
    expect(await storage.load("a", { version: version!.id })).toBe("new")
    expect(backup).toBeDefined()
    isRenamed = false
    await storage.close()
  },
)

test.each([
  ["by itself", async (storage: FileStorage) => void (await storage.delete("a"))],
  [
    "at once, for a saveSync that comes after it",
    async (storage: FileStorage) => {
      const deleted = storage.delete("a")
      // Its own folder is synced again.
      await Promise.allSettled([(async () => storage.saveSync("a", "new"))()])
      await deleted
    },
  ],
])("a delete that may not last after a power failure says so: %s", async (_name, act) => {
  const directory = join(temporaryFolder(), "data")
  let isRemoved = false
  const fileSystem = interferingFileSystem((call) => {
    if (call.name === "unlinkSync" && call.values[0] === join(directory, "a.json")) isRemoved = true
    if (isRemoved && /^fsync/.test(call.name)) throw systemError("EIO", call)
  })
  const storage = new FileStorage({ directory, fileSystem })
  await storage.save("a", "old")
  await expect(act(storage)).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
  isRemoved = false
  await storage.close()
})

test.each(["versions", "backups"])(
  "a delete with the history is none that failed when the value is gone but not all %s",
  async (kind) => {
    const directory = join(temporaryFolder(), "data")
    let isRefused = true
    const fileSystem = interferingFileSystem((call) => {
      if (!isRefused || call.name !== "unlinkSync") return
      if (String(call.values[0]).includes(join(".persist", kind))) throw systemError("EPERM", call)
    })
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    await storage.save("a", 1, kept)
    await storage.save("a", 2, kept)
    const failed = storage.delete("a", { history: true })
    await expect(failed).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      key: "a",
      cause: { code: "EPERM" },
    })
    expect(await storage.exists("a")).toBe(false)
    const again = storage.delete("a", { history: true })
    await expect(again).rejects.toMatchObject({ cause: { code: "EPERM" } })
    isRefused = false
    expect(await storage.delete("a", { history: true })).toBe(false)
    expect(await storage.versions("a")).toEqual([])
    expect(await storage.backups("a")).toEqual([])
    await storage.close()
  },
)

test("a save whose lock file was linked, though the system says that it failed, keeps nobody out", async () => {
  const directory = join(temporaryFolder(), "data")
  let lost = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "linkSync" || !/\.persist.locks/.test(String(call.values[1]))) return
    return () => {
      nodeFileSystem.linkSync(String(call.values[0]), String(call.values[1]))
      lost++
      throw systemError("ETIMEDOUT", call)
    }
  })
  await using storage = new FileStorage({ directory, fileSystem, durability: "none" })
  await storage.save("a", 1)
  await storage.update("a", () => 2, { timeout: "5s" })
  expect(storage.saveSync("a", 3)).toMatchObject({ key: "a" })
  expect(lost).toBeGreaterThan(3)
  await using other = new FileStorage({ directory, durability: "none" })
  expect(await other.update("a", (current) => current, { timeout: "5s" })).toBe(3)
  await Promise.all([storage.close(), other.close()])
  expect(leftovers(directory)).toEqual([])
})

test("a version that was recorded, though the system says that it failed, does not end the process", async () => {
  const directory = join(temporaryFolder(), "data")
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "renameSync" || !/\.persist.versions/.test(String(call.values[1]))) return
    return () => {
      nodeFileSystem.renameSync(String(call.values[0]), String(call.values[1]))
      throw systemError("ETIMEDOUT", call)
    }
  })
  const storage = new FileStorage({ directory, fileSystem })
  const { version } = await storage.save("a", 1, { version: true })
  expect(await storage.load("a", { version: version! })).toBe(1)
  await storage.close()
})

test("a key whose lock could not be given back is free again soon after the disk answers", async () => {
  const directory = join(temporaryFolder(), "data")
  let isDown = false
  const fileSystem = interferingFileSystem((call) => {
    if (isDown) throw systemError("EIO", call)
    // From its value's rename on, nothing answers.
    if (call.name === "renameSync" && call.values[1] === join(directory, "a.json")) {
      return () => {
        nodeFileSystem.renameSync(String(call.values[0]), String(call.values[1]))
        isDown = true
      }
    }
  })
  for (const end of ["close", "rest"]) {
    isDown = false
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    await storage.save("a", end)
    isDown = false
    if (end === "close") await storage.close()
    await using other = new FileStorage({ directory, durability: "none" })
    expect(await other.update("a", (current) => current, { timeout: "8s" })).toBe(end)
    await storage.close()
  }
  expect(leftovers(directory)).toEqual([])
})

test("a delete of which only the answer was lost has deleted", async () => {
  const directory = join(temporaryFolder(), "data")
  const file = join(directory, "a.json")
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "unlinkSync" || call.values[0] !== file) return undefined
    return () => {
      nodeFileSystem.unlinkSync(file)
      throw systemError("EIO", call)
    }
  })
  await using storage = new FileStorage({ directory, fileSystem })
  await storage.save("a", "value", { version: true })
  expect(await storage.delete("a")).toBe(true)
  expect(await storage.load("a")).toBeUndefined()
})
