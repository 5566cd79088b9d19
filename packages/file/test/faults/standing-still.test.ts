import { linkSync, readdirSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, test, vi } from "vitest"
import {
  interferingFileSystem,
  type SeamCall,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../../src/index.ts"
import { temporaryFolder } from "../temporary-folder.ts"

type Act = (storage: FileStorage, ifRevision: string) => Promise<unknown>

const isBackup = ({ name, values }: SeamCall) =>
  name === "linkSync" && String(values[1]).includes("backups")
const isMark = ({ name, values }: SeamCall) =>
  name === "mkdirSync" && String(values[0]).includes("fences")

afterEach(() => {
  vi.useRealTimers()
})

/** A storage that, at one call between its last look and its change, stands still for so long that another takes its lock and writes. */
async function standingStill(isWhen: (call: SeamCall) => boolean) {
  const directory = join(temporaryFolder(), "data")
  const locks = join(directory, ".persist", "locks")
  const other = new FileStorage({ directory, durability: "none" })
  const first = await other.save("a", "old")
  let hasStood = false
  const fileSystem = interferingFileSystem((call) => {
    if (hasStood || !isWhen(call)) return
    hasStood = true
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 })
    const taken = readdirSync(locks).filter((name) => /^[0-9a-f]{24}(\.update)?\.lock$/.test(name))
    for (const name of taken) unlinkSync(join(locks, name))
    other.saveSync("a", "theirs", { fence: 9 })
  })
  const storage = new FileStorage({ directory, fileSystem, durability: "none" })
  return { storage, other, revision: first.revision }
}

describe("a change that stood still under its lock until another process had taken that", () => {
  test.each<[string, (call: SeamCall) => boolean, Act]>([
    [
      "save",
      isBackup,
      (storage, ifRevision) =>
        storage.save("a", "ours", { ifRevision, backup: true, version: true }),
    ],
    ["a fenced save", isMark, (storage) => storage.save("a", "ours", { fence: 7 })],
    ["a fenced delete", isMark, (storage) => storage.delete("a", { fence: 7 })],
    ["update", isBackup, (storage) => storage.update("a", () => "ours", { backup: true })],
    [
      "saveSync",
      isBackup,
      async (storage, ifRevision) =>
        storage.saveSync("a", "ours", { ifRevision, backup: true, version: true }),
    ],
    [
      "saveStream",
      isBackup,
      (storage, ifRevision) => storage.saveStream("a", ["ours"], { ifRevision, backup: true }),
    ],
    [
      "delete",
      isBackup,
      (storage, ifRevision) => storage.delete("a", { ifRevision, backup: true }),
    ],
  ])("takes no effect and leaves no copies: %s", async (_name, isWhen, act) => {
    const { storage, other, revision } = await standingStill(isWhen)
    await expect(act(storage, revision)).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
    expect(await other.load("a")).toBe("theirs")
    expect(await other.stat("a")).toMatchObject({ fence: 9 })
    expect(await other.versions("a")).toEqual([])
    expect(await other.backups("a")).toEqual([])
    await storage.close()
    await other.close()
  })

  test.each<[string, Act]>([
    ["save", (storage, ifRevision) => storage.save("a", "ours", { ifRevision })],
    ["saveSync", async (storage, ifRevision) => storage.saveSync("a", "ours", { ifRevision })],
    ["delete", (storage, ifRevision) => storage.delete("a", { ifRevision })],
  ])(
    "takes no effect when the answer that the lock is taken came so late: %s",
    async (_name, act) => {
      const directory = join(temporaryFolder(), "data")
      const other = new FileStorage({ directory, durability: "none" })
      const { revision } = await other.save("a", "old")
      const fileSystem = interferingFileSystem(({ name, values: [file, link] }) => {
        if (name !== "linkSync" || !/[0-9a-f]{24}\.lock$/.test(String(link))) return
        return () => {
          linkSync(String(file), String(link))
          vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 })
          unlinkSync(String(link))
        }
      })
      await using storage = new FileStorage({ directory, fileSystem, durability: "none" })
      await expect(act(storage, revision)).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
      expect(await other.load("a")).toBe("old")
      await other.close()
    },
  )

  test("takes effect where nobody has taken it", async () => {
    const directory = join(temporaryFolder(), "data")
    const fileSystem = interferingFileSystem((call) => {
      if (isBackup(call)) vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 })
    })
    await using storage = new FileStorage({ directory, fileSystem, durability: "none" })
    await storage.save("a", "old")
    await storage.save("a", "new", { backup: true })
    storage.saveSync("a", "newer", { backup: true })
    expect(await storage.load("a")).toBe("newer")
    expect(await storage.delete("a", { backup: true })).toBe(true)
  })
})
