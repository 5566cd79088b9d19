import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** A storage whose folder `mounted` is, as the kernel sees it, another mount of the same file system. */
function withMount() {
  const directory = join(temporaryFolder(), "data")
  const mounted = join(directory, "mounted")
  mkdirSync(mounted, { recursive: true })
  let refused = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "renameSync") return
    const [from, to] = call.values.map(String) as [string, string]
    if (from.startsWith(mounted) === to.startsWith(mounted)) return
    refused++
    throw Object.assign(systemError("EXDEV", call), { dest: to })
  })
  const storage = new FileStorage({ directory, durability: "none", fileSystem })
  return { storage, refused: () => refused }
}

describe("a folder that is mounted inside the directory", () => {
  test("is saved into, though its device is that of the directory", async () => {
    const { storage, refused } = withMount()
    await storage.save("mounted/a", 1)
    await storage.save("mounted/a", 2, { version: true, backup: true })
    expect(await storage.update<number>("mounted/a", (value) => value! + 1)).toBe(3)
    storage.saveSync("mounted/b", 4)
    await storage.save("c", 5)
    expect(await storage.list()).toEqual(["c", "mounted/a", "mounted/b"])
    expect(await storage.load("mounted/a")).toBe(3)
    expect(await storage.backups("mounted/a")).toHaveLength(1)
    expect(refused()).toBe(1)
    await storage.close()
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("is saved into by the synchronous form", async () => {
    const { storage, refused } = withMount()
    storage.saveSync("mounted/a", 1)
    expect(storage.loadSync("mounted/a")).toBe(1)
    expect(refused()).toBe(1)
    await storage.close()
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("is saved into by a stream, which can be read only once", async () => {
    const { storage, refused } = withMount()
    let reads = 0
    async function* source() {
      reads++
      yield "by"
      yield "tes"
    }
    const { version } = await storage.saveStream("mounted/a", source(), { version: true })
    expect([reads, refused()]).toEqual([1, 1])
    expect(await storage.load("mounted/a")).toEqual(Buffer.from("bytes"))
    expect(await storage.load("mounted/a", { version: version! })).toEqual(Buffer.from("bytes"))
    expect(await storage.versions("mounted/a")).toHaveLength(1)
    await storage.close()
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("that takes no file from anywhere is said to, and not tried for ever", async () => {
    const directory = join(temporaryFolder(), "data")
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "renameSync" || call.values[1] !== join(directory, "a.json")) return
      throw Object.assign(systemError("EXDEV", call), { dest: call.values[1] })
    })
    await using storage = new FileStorage({ directory, durability: "none", fileSystem })
    const acts = [() => storage.save("a", 1), async () => storage.saveSync("a", 1)]
    for (const act of acts) {
      const refused = { code: "ERR_PERSIST_IO", cause: { code: "EXDEV" } }
      await expect(act()).rejects.toMatchObject(refused)
    }
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("is freed from what a killed process left in it", async () => {
    const { storage } = withMount()
    const mounted = join(storage.directory, "mounted")
    const code = `import { stageFile } from ${JSON.stringify(import.meta.resolve("@persist/atomic"))}
      await stageFile(process.argv[1], "half")
      process.kill(process.pid, "SIGKILL")`
    spawnSync(process.execPath, ["--input-type=module", "-e", code, join(mounted, "a.json")])
    expect(readdirSync(mounted)).toHaveLength(1)
    await storage.save("mounted/a", 1)
    expect(readdirSync(mounted)).toEqual(["a.json"])
    await storage.close()
  })

  test("works where it is really mounted", async (context) => {
    const directory = join(temporaryFolder(), "data")
    const elsewhere = temporaryFolder()
    const mounted = join(directory, "mounted")
    mkdirSync(mounted, { recursive: true })
    if (spawnSync("mount", ["--bind", elsewhere, mounted]).status !== 0) {
      console.warn("This machine does not allow mounting, so a real mount is not tested.")
      return context.skip()
    }
    try {
      await using storage = new FileStorage({ directory })
      await storage.save("mounted/a", 1)
      await storage.save("mounted/a", 2, { version: true, backup: true })
      expect(await storage.load("mounted/a")).toBe(2)
      expect(readdirSync(elsewhere)).toEqual(["a.json"])
    } finally {
      spawnSync("umount", ["-l", mounted])
    }
  })
})
