import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  type FileSystem,
  nodeFileSystem,
  writeFileAtomic,
  writeFileAtomicSync,
} from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem } from "./support/interfering-file-system.ts"

/** A file system whose first rename of a kind goes on in the background while something else happens. */
function withFirst(name: "rename" | "renameSync", happen: (make: () => unknown) => unknown) {
  let isFirst = true
  const fileSystem: FileSystem = interferingFileSystem((call) => {
    if (call.name !== name || !isFirst) return undefined
    isFirst = false
    return () => happen(() => nodeFileSystem[name](...(call.values as [string, string])))
  })
  return fileSystem
}

describe("a rename that takes its time", () => {
  test("does not undo a synchronous write that came while a thread made it", async () => {
    const path = join(temporaryFolder(), "file")
    fs.writeFileSync(path, "old")
    const fileSystem = withFirst("rename", (make) => {
      const renamed = make()
      writeFileAtomicSync(path, "later", { fileSystem, durability: "none" })
      return renamed
    })
    await writeFileAtomic(path, "x".repeat(3e6), { fileSystem, durability: "none" })
    expect(fs.readFileSync(path, "utf8")).toBe("later")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test.each([
    ["that took effect", "later", () => {}],
    [
      "only when that took effect",
      "early",
      () => {
        throw new Error("no")
      },
    ],
  ])(
    "gives way, while it waits for another try, to a synchronous write %s",
    async (_what, expected, beforeCommit) => {
      const path = join(temporaryFolder(), "file")
      const options = { durability: "none" } as const
      const fileSystem = withFirst("renameSync", () => {
        queueMicrotask(() => {
          try {
            writeFileAtomicSync(path, "later", { ...options, fileSystem, beforeCommit })
          } catch {}
        })
        throw Object.assign(new Error("EBUSY"), { code: "EBUSY" })
      })
      await writeFileAtomic(path, "early", { ...options, fileSystem })
      expect(fs.readFileSync(path, "utf8")).toBe(expected)
      expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
    },
  )
})

test("a rename that waits for another try holds up no synchronous write, though a thread made the first one", async () => {
  const path = join(temporaryFolder(), "file")
  fs.writeFileSync(path, "old")
  const options = { durability: "none" } as const
  let looks = 0
  const later = Promise.withResolvers<number>()
  const fileSystem: FileSystem = interferingFileSystem(({ name }) => {
    if (name === "lstatSync") looks++
    if (name !== "rename") return undefined
    return () => {
      setImmediate(() => {
        looks = 0
        writeFileAtomicSync(path, "later", { ...options, fileSystem })
        later.resolve(looks)
      })
      throw Object.assign(new Error("EBUSY"), { code: "EBUSY" })
    }
  })
  await writeFileAtomic(path, "x".repeat(3e6), { ...options, fileSystem })
  expect(await later.promise).toBeLessThan(20)
  expect(fs.readFileSync(path, "utf8")).toBe("later")
})

test("a rename is not tried again when its signal was aborted", async () => {
  const folder = temporaryFolder()
  const aborting = new AbortController()
  let tries = 0
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name !== "renameSync") return undefined
    return () => {
      tries++
      aborting.abort()
      throw Object.assign(new Error("EBUSY"), { code: "EBUSY" })
    }
  })
  const { signal } = aborting
  const writing = writeFileAtomic(join(folder, "file"), "text", { signal, fileSystem })
  await expect(writing).rejects.toMatchObject({ code: "EBUSY" })
  expect(tries).toBe(1)
  expect(fs.readdirSync(folder)).toEqual([])
})

test.each([
  ["writeFileAtomic", writeFileAtomic],
  [
    "writeFileAtomicSync",
    async (...input: Parameters<typeof writeFileAtomicSync>) => writeFileAtomicSync(...input),
  ],
])("%s has written when only the answer of the rename was lost", async (_name, write) => {
  for (const code of ["ENOENT", "EIO"]) {
    const path = join(temporaryFolder(), "file")
    fs.writeFileSync(path, "old")
    const fileSystem = withFirst("renameSync", (make) => {
      make()
      throw Object.assign(new Error(code), { code })
    })
    expect(await write(path, "new", { fileSystem })).toMatchObject({ path, size: 3 })
    expect(fs.readFileSync(path, "utf8")).toBe("new")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  }
})
