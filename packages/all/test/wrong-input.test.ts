import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  ConfigManager,
  DatabaseStorage,
  FileStorage,
  PersistError,
  StateManager,
  type Storage,
} from "../src/index.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "persist-all-"))
})
afterEach(() => rm(folder, { recursive: true }))

/** Every file below a folder with its content, to see that nothing changed. */
async function contents(directory: string): Promise<Record<string, string>> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const read = files.map(async (file) => [file, (await readFile(file)).toString("latin1")] as const)
  return Object.fromEntries(await Promise.all(read))
}

async function failure(work: () => unknown): Promise<PersistError> {
  try {
    await work()
  } catch (error) {
    if (PersistError.is(error)) return error
    throw error
  }
  throw new Error("nothing was thrown")
}

const cyclic: Record<string, unknown> = { name: "cyclic" }
cyclic.inner = { again: cyclic }

const wrongSaves: readonly (readonly [string, string, (storage: Storage) => unknown, RegExp])[] = [
  ["leaves the storage", "INVALID_KEY", (storage) => storage.save("../../etc/passwd", 1), /passwd/],
  ["is empty", "INVALID_KEY", (storage) => storage.save("", 1), /empty/],
  ["has a NUL", "INVALID_KEY", (storage) => storage.save("a\0b", 1), /NUL/],
  [
    "climbs in its subfolder",
    "INVALID_KEY",
    (storage) => storage.save("a", 1, { subfolder: ".." }),
    /subfolder/,
  ],
  [
    "has an unknown option",
    "INVALID_OPTION",
    (storage) => storage.save("a", 1, { bakup: true } as object),
    /bakup/,
  ],
  [
    "holds a BigInt",
    "ENCODE",
    (storage) => storage.save("a", { list: [0, { big: 1n }] }),
    /\$\.list\[1\]\.big/,
  ],
  ["holds a function", "ENCODE", (storage) => storage.save("a", { run: () => 1 }), /\$\.run/],
  ["holds a cycle", "ENCODE", (storage) => storage.save("a", cyclic), /\$\.inner\.again/],
  ["holds undefined", "ENCODE", (storage) => storage.save("a", { gone: undefined }), /\$\.gone/],
  ["holds NaN", "ENCODE", (storage) => storage.save("a", [Number.NaN]), /\$\[0\]/],
]

describe("a save that", () => {
  test.each(wrongSaves)(
    "%s is refused with ERR_PERSIST_%s, and no file changes",
    async (_, code, save, message) => {
      await using storage = new FileStorage({ directory: folder })
      await storage.save("a", "before", { version: true })
      const before = await contents(folder)
      const error = await failure(() => save(storage))
      expect(error.code).toBe(`ERR_PERSIST_${code}`)
      expect(error.message).toMatch(message)
      expect(await contents(folder)).toEqual(before)
    },
  )

  test.each(wrongSaves)(
    "%s is refused with ERR_PERSIST_%s by a database too",
    async (_, code, save) => {
      await using database = new DatabaseStorage("sqlite::memory:")
      const storage = database.storage("values")
      await storage.save("a", "before")
      expect((await failure(() => save(storage))).code).toBe(`ERR_PERSIST_${code}`)
      expect(await storage.list()).toEqual(["a"])
      expect(await storage.load("a")).toBe("before")
    },
  )
})

describe("a file that was cut", () => {
  test("is an error, never the default, and stays as it is", async () => {
    await using storage = new FileStorage({ directory: folder })
    const { path } = await storage.save("game", { level: 3 })
    await writeFile(path!, '{"level"')
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await failure(() => storage.load("game", { default: { level: 0 } }))
      expect(error).toMatchObject({ code: "ERR_PERSIST_CORRUPT", key: "game" })
      expect(PersistError.is(error.cause, "ERR_PERSIST_DECODE")).toBe(true)
      expect(await readFile(path!, "utf8")).toBe('{"level"')
    }
  })

  test("comes back from the backup of the save before", async () => {
    const states = new StateManager({ directory: folder })
    await states.saveState("game", { level: 2 })
    await states.saveState("game", { level: 3 })
    await writeFile(join(folder, "states", "game.json"), '{"level"')
    expect(await states.loadState("game")).toEqual({ level: 2 })
    await states.close()
  })
})

test("a storage that was closed says so", async () => {
  const storage = new FileStorage({ directory: folder })
  await storage.save("a", 1)
  await storage.close()
  const before = await contents(folder)
  for (const work of [
    () => storage.save("a", 2),
    () => storage.load("a"),
    () => storage.list(),
    () => storage.delete("a"),
    () => storage.update("a", () => 2),
    () => storage.saveSync("a", 2),
  ]) {
    expect((await failure(work)).code).toBe("ERR_PERSIST_CLOSED")
  }
  expect(await contents(folder)).toEqual(before)
})

describe("a directory that cannot be written", () => {
  test("because a file is in its place", async () => {
    await writeFile(join(folder, "file"), "not a directory")
    await using storage = new FileStorage({ directory: join(folder, "file", "data") })
    const error = await failure(() => storage.save("a", 1))
    expect(error).toMatchObject({ code: "ERR_PERSIST_IO", cause: { code: "ENOTDIR" } })
    expect(await readFile(join(folder, "file"), "utf8")).toBe("not a directory")
  })

  test("because it is not allowed", async () => {
    const directory = join(folder, "locked")
    await mkdir(directory)
    await chmod(folder, 0o755)
    await chmod(directory, 0o555)
    const error = await asMortal(async () => {
      await using storage = new FileStorage({ directory })
      return failure(() => storage.save("a", 1))
    })
    expect(error).toMatchObject({ code: "ERR_PERSIST_IO", cause: { code: "EACCES" } })
    expect(await readdir(directory)).toEqual([])
    await chmod(directory, 0o755)
  })
})

/** Runs `work` as a user who may not write everywhere; the superuser becomes "nobody" for that long. */
async function asMortal<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid!(65_534)
  try {
    return await work()
  } finally {
    process.seteuid!(0)
  }
}

describe("managers", () => {
  test.each(["../escape", "", "a\0b", "a/../../b"])("refuse the name %j", async (name) => {
    const states = new StateManager({ directory: folder })
    const configs = new ConfigManager({ directory: folder })
    for (const work of [
      () => states.saveState(name, { a: 1 }),
      () => states.loadState(name),
      () => states.deleteState(name),
      () => configs.saveConfig(name, { a: 1 }),
      () => configs.loadConfig(name),
    ]) {
      expect((await failure(work)).code).toBe("ERR_PERSIST_INVALID_KEY")
    }
    expect(await contents(folder)).toEqual({})
    await states.close()
    await configs.close()
  })

  test("refuse unknown options and values that are none", async () => {
    const open = () => new StateManager({ direktory: folder } as never)
    expect((await failure(open)).code).toBe("ERR_PERSIST_INVALID_OPTION")
    const states = new StateManager({ directory: folder })
    const error = await failure(() => states.saveState("game", { score: 1n }))
    expect(error.code).toBe("ERR_PERSIST_ENCODE")
    expect(error.message).toContain("$.score")
    expect(await contents(folder)).toEqual({})
    await states.close()
  })
})
