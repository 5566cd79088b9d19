import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type FileSystem, nodeFileSystem } from "@persist/atomic"
import { expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../../src/index.ts"
import { canonicalPath, internalFolder } from "../../src/keys/key-path.ts"
import { LongKeys } from "../../src/keys/long-keys.ts"
import { temporaryFolder } from "../temporary-folder.ts"

test("the first save of one waits while too many files are open, as every save does", async () => {
  let refusals = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "openSync" || !/\.persist.staging/.test(String(call.values[0]))) return
    if (refusals < 2) {
      refusals++
      throw systemError("EMFILE", call)
    }
  })
  const directory = temporaryFolder()
  await using storage = new FileStorage({ directory, durability: "none", fileSystem })
  const key = "k".repeat(900)
  await storage.save(key, 1)
  expect(await storage.list()).toEqual([key])
  expect(refusals).toBe(2)
})

test("every temporary file of its save is where the next use sweeps", async () => {
  const made: string[] = []
  const fileSystem = interferingFileSystem((call) => {
    if (call.name === "openSync" && call.values[1] === "wx") made.push(String(call.values[0]))
  })
  await using storage = new FileStorage({ directory: temporaryFolder(), fileSystem })
  await storage.save("k".repeat(900), 1, { fence: 1 })
  const staging = join(storage.directory, internalFolder, "staging")
  const locks = join(storage.directory, internalFolder, "locks")
  expect(new Set(made.map(dirname))).toEqual(new Set([staging, locks]))
})

test("nothing is indeterminate when its folder cannot be synced, for no value has changed", async () => {
  const descriptors = new Set<unknown>()
  const keys = /\.persist.keys$/
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    openSync: (path, flags, mode) => {
      const descriptor = nodeFileSystem.openSync(path, flags, mode)
      if (keys.test(path)) descriptors.add(descriptor)
      return descriptor
    },
    fsyncSync: (descriptor) => {
      failOnce(descriptor)
      nodeFileSystem.fsyncSync(descriptor)
    },
    fsync: async (descriptor) => {
      failOnce(descriptor)
      await nodeFileSystem.fsync(descriptor)
    },
  }
  function failOnce(descriptor: number): void {
    if (!descriptors.delete(descriptor)) return
    throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" })
  }
  for (const save of ["save", "saveSync"] as const) {
    await using storage = new FileStorage({ directory: temporaryFolder(), fileSystem })
    const key = "k".repeat(900)
    await expect((async () => await storage[save](key, 1))()).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { code: "EIO" },
    })
    expect(await storage.exists(key)).toBe(false)
    await storage[save](key, 2)
    expect(await storage.list()).toEqual([key])
  }
})

test("remembers a thousand long keys, however many are saved", () => {
  const root = temporaryFolder()
  const longKeys = new LongKeys(root, () => ({ fileSystem: { ...nodeFileSystem, fsyncSync() {} } }))
  const keys = Array.from({ length: 1_500 }, (_, index) => `${"k".repeat(900)}${index}`)
  for (const key of keys) longKeys.keepSync(key)
  rmSync(join(root, internalFolder), { recursive: true })
  const known = keys.filter((key) => longKeys.keyOf(canonicalPath(key)) === key)
  expect(known.length).toBeLessThanOrEqual(1_000)
})

test.each(["damaged", "gone"])(
  "verify tells of a value whose long key is %s, and a save puts it back",
  async (what) => {
    const key = "k".repeat(900)
    const directory = join(temporaryFolder(), "data")
    await using before = new FileStorage({ directory, durability: "none" })
    const { path } = await before.save(key, 1)
    await before.save("a", 1)
    await before.close()
    const [name] = readdirSync(join(directory, internalFolder, "keys"))
    const kept = join(directory, internalFolder, "keys", name!)
    if (what === "gone") rmSync(kept)
    else writeFileSync(kept, '"kkk')
    await using storage = new FileStorage({ directory, durability: "none" })
    expect(await storage.list()).toEqual(["a"])
    const problem = { kind: "unreadable", key: "", path, reason: { code: "ERR_PERSIST_CORRUPT" } }
    expect((await storage.verify()).problems).toMatchObject([problem])
    expect((await storage.verify({ subfolder: "b" })).problems).toEqual([])
    expect(await storage.repair()).toMatchObject({ mended: [], remaining: [problem] })
    await storage.update<number>(key, (current) => current + 1, { default: 0 })
    expect(await storage.list()).toEqual(["a", key])
    expect(await storage.load(key)).toBe(2)
    expect((await storage.verify()).problems).toEqual([])
  },
)
