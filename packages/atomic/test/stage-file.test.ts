import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { PersistError, stageFile, stageFileSync, writeFileAtomic } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"

describe("stageFile", () => {
  test("waits beside the target until commit, which happens once", async () => {
    const path = join(temporaryFolder(), "file")
    fs.writeFileSync(path, "old")
    for (const stage of [stageFile, async () => stageFileSync(path, "new")] as const) {
      const staged = await stage(path, "new")
      expect(staged.path).toBe(path)
      expect(staged.existing?.size).toBe(3n)
      expect(fs.readFileSync(staged.temporary, "utf8")).toBe("new")
      expect(fs.readFileSync(path, "utf8")).toBe("old")
      const [first, second] = await Promise.allSettled([staged.commit(), staged.commit()])
      expect(first).toMatchObject({ status: "fulfilled", value: { replaced: true, size: 3 } })
      expect(second).toMatchObject({ status: "rejected", reason: { code: "ERR_PERSIST_CLOSED" } })
      expect(() => staged.commitSync()).toThrow(PersistError)
      staged.discard()
      expect(fs.readFileSync(path, "utf8")).toBe("new")
      fs.writeFileSync(path, "old")
    }
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test("refuses content that somebody else added to, and leaves nothing of it", async () => {
    const folder = temporaryFolder()
    const fileSystem = interferingFileSystem(({ name }) => {
      if (name !== "fstatSync") return
      for (const name of fs.readdirSync(folder)) fs.appendFileSync(join(folder, name), "more")
    })
    const staging = stageFile(join(folder, "file"), "new", { fileSystem })
    await expect(staging).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test("looks at a large file after its sync, since a network file system's client waits then until all is sent", async () => {
    const path = join(temporaryFolder(), "file")
    const calls: string[] = []
    const interesting = /^(write|fsync|fstat|fchmod|close)/
    const fileSystem = interferingFileSystem(({ name }) => {
      if (interesting.test(name)) calls.push(name.replace("Sync", ""))
    })
    const large = Buffer.alloc(100_000)
    for (const content of [large, [large]]) {
      using _staged = await stageFile(path, content, { fileSystem })
      expect(calls.splice(0)).toEqual(["write", "fsync", "fstat", "close"])
    }
    // Its mode is to survive a power cut too.
    using _staged = await stageFile(path, large, { fileSystem, mode: 0o2666 })
    expect(calls).toEqual(["write", "fsync", "fstat", "fchmod", "fstat", "fsync", "close"])
  })

  test("takes effect within the call to commit", async () => {
    const path = join(temporaryFolder(), "file")
    const staged = await stageFile(path, "new")
    const committed = staged.commit()
    expect(fs.readFileSync(path, "utf8")).toBe("new")
    await committed
  })

  test("leaves nothing when it is discarded, by using too, or its check says no", async () => {
    const path = join(temporaryFolder(), "file")
    const discarded = await stageFile(path, "new")
    discarded.discard()
    await expect(discarded.commit()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    {
      using staged = stageFileSync(path, "new")
      expect(fs.existsSync(staged.temporary)).toBe(true)
    }
    const refused = await stageFile(path, "new")
    const check = () => {
      throw new Error("no")
    }
    await expect(refused.commit({ check })).rejects.toThrow("no")
    expect(() => stageFileSync(path, "new").commitSync({ check })).toThrow("no")
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("refuses options of commit that it does not know, and a check that waits", async () => {
    const path = join(temporaryFolder(), "file")
    const wrong = [{ chek: () => {} }, { check: 5 }, 5, { check: async () => {} }]
    for (const options of wrong as object[]) {
      for (const commit of ["commit", "commitSync"] as const) {
        using staged = await stageFile(path, "new")
        const committed = (async () => staged[commit](options))()
        await expect(committed).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
      }
    }
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("is stopped by the signal between staging and commit", async () => {
    const path = join(temporaryFolder(), "file")
    const controller = new AbortController()
    const staged = await stageFile(path, "new", { signal: controller.signal })
    controller.abort()
    await expect(staged.commit()).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    const other = new AbortController()
    const second = stageFileSync(path, "new", { signal: other.signal })
    other.abort()
    expect(() => second.commitSync()).toThrow(/aborted/)
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("is stopped by the signal while it is synced, and leaves nothing", async () => {
    const path = join(temporaryFolder(), "file")
    const controller = new AbortController()
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "fsync" || call.name === "fsyncSync") controller.abort()
    })
    const staged = stageFile(path, "new", { fileSystem, signal: controller.signal })
    await expect(staged).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("commit waits for the folder, as does the write of a stream", async () => {
    const path = join(temporaryFolder(), "file")
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "openSync" && call.values[0] === join(path, ".."))
        throw systemError("EIO", call)
    })
    const writes = [
      async () => (await stageFile(path, "one", { fileSystem })).commit(),
      async () => stageFileSync(path, "two", { fileSystem }).commitSync(),
      () => writeFileAtomic(path, ["thr", "ee"], { fileSystem }),
    ]
    for (const write of writes) {
      await expect(write()).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    }
    expect(fs.readFileSync(path, "utf8")).toBe("three")
  })
})
