import { spawnSync } from "node:child_process"
import { linkSync, lstatSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, type TestContext, test } from "vitest"
import { interferingFileSystem } from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { SpentFiles } from "../src/writing/spent-files.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** Mounts a file system that keeps times to the second at `folder`; why not, where that cannot be. */
function mountCoarse(folder: string): string | undefined {
  const image = join(temporaryFolder(), "image")
  writeFileSync(image, "")
  truncateSync(image, 8 * 1024 * 1024)
  mkdirSync(folder, { recursive: true })
  const commands = [
    ["mkfs.ext4", "-q", "-I", "128", image],
    ["mount", "-o", "loop", image, folder],
  ] as const
  for (const [command, ...rest] of commands) {
    const { status, error, stderr } = spawnSync(command, rest)
    if (status !== 0) return `${command} answers: ${error?.message ?? String(stderr).trim()}`
  }
  return undefined
}

/** Runs `work` in a storage of which one folder keeps times to the second. */
async function withCoarseFolder(
  context: TestContext,
  work: (storage: FileStorage) => Promise<void>,
): Promise<void> {
  const directory = join(temporaryFolder(), "data")
  const folder = join(directory, "coarse")
  const reason = mountCoarse(folder)
  if (reason !== undefined) {
    console.warn(`Coarse times are not tested: ${reason}`)
    return context.skip()
  }
  try {
    await using storage = new FileStorage({ directory, durability: "none" })
    await work(storage)
    await storage.close()
    const { status, stderr } = spawnSync("umount", [folder])
    expect([status, String(stderr)]).toEqual([0, ""])
  } finally {
    spawnSync("umount", ["-l", folder])
  }
}

describe("a file system that keeps times to the second", () => {
  test("gives every value a revision of its own, also after a delete and in a mounted folder", async (context) => {
    await withCoarseFolder(context, async (storage) => {
      await storage.save("exact", 100)
      const revisions: string[] = []
      for (let value = 100; value < 124; value++) {
        if (value % 3 === 0) await storage.delete("coarse/a")
        const { revision } = await storage.save("coarse/a", value)
        expect((await storage.stat("coarse/a"))?.revision).toBe(revision)
        revisions.push(revision)
      }
      expect(new Set(revisions).size).toBe(revisions.length)
    })
  })

  test("reads what was saved last in another format before the old file is gone", async (context) => {
    await withCoarseFolder(context, async (storage) => {
      for (let round = 0; round < 8; round++) {
        await storage.save("coarse/a", round)
        const old = join(storage.directory, "coarse/a.json")
        linkSync(old, `${old}.kept`)
        await storage.saveStream("coarse/a", [`bytes ${round}`])
        // As if the process had died before it removed it.
        renameSync(`${old}.kept`, old)
        expect(await storage.load("coarse/a")).toEqual(Buffer.from(`bytes ${round}`))
      }
    })
  })
})

test.each([2026, 2038, 2040, 2100, 2200])(
  "a save in %i tells the revision that the file has from then on",
  async (year) => {
    const start = Date.UTC(year, 1)
    let moment = 0
    const clock = () => start + moment++
    await using storage = new FileStorage({
      directory: temporaryFolder(),
      durability: "none",
      clock,
    })
    const revisions: string[] = []
    for (let number = 0; number < 60; number++) {
      const { revision } = await storage.save("a", number)
      expect((await storage.stat("a"))?.revision).toBe(revision)
      revisions.push(revision)
    }
    expect(new Set(revisions).size).toBe(60)
  },
)

test("no more than 64 replaced files stay open, however many are replaced within three seconds", async () => {
  let open = 0
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name === "openSync") open++
    if (name === "close") open--
  })
  const path = join(temporaryFolder(), "file")
  writeFileSync(path, "")
  const facts = Object.assign(lstatSync(path), { mtimeMs: 1_000 })
  const spent = new SpentFiles(fileSystem)
  for (let count = 0; count < 100; count++) {
    spent.hold([{ name: "file", path, format: ".json", facts }])
  }
  expect(open).toBe(64)
  await spent.close()
  expect(open).toBe(0)
})
