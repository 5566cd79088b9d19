import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { BytesSerializer, FileStorage } from "../../src/index.ts"
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
  ["saveStream", (storage: FileStorage) => storage.saveStream("a", ["bytes"])],
  [
    "saveSync",
    async (storage: FileStorage) => {
      storage.saveSync("a", Buffer.from("bytes"), { serializer: new BytesSerializer() })
    },
  ],
])(
  "%s in another format has saved, though the file before cannot be removed, and says so",
  async (_name, act) => {
    const { storage, warnings } = await withFixedFile()
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
