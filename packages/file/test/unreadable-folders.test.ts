import { chmodSync, chownSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const nobody = 65_534
const isRoot = process.getuid?.() === 0
const closed: string[] = []

/** Whether nobody but root may read the folder from now on, so that a test that root runs must become somebody else. */
function closeFolder(path: string): void {
  chmodSync(path, 0)
  closed.push(path)
}

/** Runs `work` as somebody to whom permissions apply. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return await work()
  process.seteuid!(nobody)
  try {
    return await work()
  } finally {
    process.seteuid!(0)
  }
}

afterEach(() => {
  for (const folder of closed.splice(0)) chmodSync(folder, 0o755)
})

describe.runIf(process.platform !== "win32")("a folder that cannot be read", () => {
  test("fails a list with its path, and only a list that it belongs to", async () => {
    const storage = await withFolders()
    closeFolder(join(storage.directory, "a"))
    await unprivileged(async () => {
      const refusal = { code: "ERR_PERSIST_IO", path: join(storage.directory, "a") }
      await expect(storage.list()).rejects.toMatchObject(refusal)
      await expect(storage.listFiles()).rejects.toMatchObject(refusal)
      expect(await storage.list({ subfolder: "b" })).toEqual(["y", "z"])
    })
  })

  test("nor does a list leave out a long key whose name cannot be read", async () => {
    const storage = await withFolders()
    const key = "k".repeat(300)
    await storage.save(key, 1)
    const names = join(storage.directory, ".persist", "keys")
    const name = join(names, readdirSync(names)[0]!)
    closeFolder(name)
    await unprivileged(async () => {
      const other = new FileStorage({ directory: storage.directory, durability: "none" })
      await expect(other.list()).rejects.toMatchObject({ code: "ERR_PERSIST_IO", path: name })
      const { problems } = await other.verify()
      expect(problems).toMatchObject([{ kind: "unreadable", reason: { code: "EACCES" } }])
    })
    const other = new FileStorage({ directory: storage.directory, durability: "none" })
    expect(await other.list()).toContain(key)
    await other.close()
  })

  test("is a problem that verify and repair tell of, and they go on", async () => {
    const storage = await withFolders()
    const { directory } = storage
    const paths = [join(directory, "a"), join(directory, ".persist", "backups", "b")]
    for (const path of paths) closeFolder(path)
    await unprivileged(async () => {
      const expected = paths.map((path, index) => ({
        kind: "unreadable",
        key: ["a", "b"][index],
        path,
        reason: expect.objectContaining({ code: "EACCES" }),
      }))
      expect(await storage.verify()).toEqual({ files: 3, problems: expected })
      expect((await storage.verify({ subfolder: "b" })).problems).toEqual([expected[1]])
      expect((await storage.verify({ subfolder: "c" })).problems).toEqual([])
      expect(await storage.repair()).toEqual({ files: 3, mended: [], remaining: expected })
    })
  })
})

/** A storage that somebody unprivileged may write to. */
async function withFolders(): Promise<FileStorage> {
  const storage = new FileStorage({
    directory: join(temporaryFolder(), "data"),
    durability: "none",
  })
  await storage.save("a/x", 1)
  await storage.save("b/y", 2)
  await storage.save("b/y", 3, { backup: true })
  await storage.save("b/z", 4)
  await storage.save("c", 5)
  await storage.close()
  if (isRoot) giveAway(join(storage.directory, ".."))
  return new FileStorage({ directory: storage.directory, durability: "none" })
}

function giveAway(path: string): void {
  chownSync(path, nobody, nobody)
  for (const item of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, item.name)
    if (item.isDirectory()) giveAway(below)
    else chownSync(below, nobody, nobody)
  }
}
