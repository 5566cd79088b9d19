import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage, type VerifyProgress } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(): FileStorage {
  return new FileStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

function damage(path: string): void {
  writeFileSync(path, "{")
  utimesSync(path, 1e9, 1e9)
}

/** A storage with one of everything that can be wrong. */
async function broken(): Promise<FileStorage> {
  const storage = open()
  for (let index = 0; index < 250; index++) await storage.save(`fine/${index}`, index)
  await storage.save("mendable", 1)
  const mendable = await storage.save("mendable", 2, { backup: true })
  damage(mendable.path!)
  damage((await storage.save("lost", 1)).path!)
  const { version } = await storage.save("old", 1, { version: true })
  damage(join(storage.directory, ".persist", "versions", "old", `${version}.json`))
  await storage.save("Twice", 1)
  writeFileSync(join(storage.directory, "Twice.json"), "2")
  utimesSync(join(storage.directory, "Twice.json"), 1e9, 1e9)
  return storage
}

describe("FileStorage.verify", () => {
  test("finds nothing wrong with what is right, or with nothing", async () => {
    const storage = open()
    expect(await storage.verify()).toEqual({ files: 0, problems: [] })
    await storage.save("a/b", 1, { version: true })
    await storage.save("x".repeat(500), 1, { version: true })
    await storage.saveStream("c", ["bytes"])
    expect(await storage.verify()).toEqual({ files: 5, problems: [] })
  })

  test("finds everything that is wrong, and changes nothing", async () => {
    const storage = await broken()
    const told: VerifyProgress[] = []
    const { files, problems } = await storage.verify({
      onProgress: (progress) => told.push(progress),
    })
    expect(files).toBe(257)
    expect(problems.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      "damaged lost",
      "damaged mendable",
      "damaged-copy old",
      "superseded Twice",
    ])
    expect(told.map((progress) => progress.files)).toEqual([100, 200, 257])
    expect(told.at(-1)).toMatchObject({ problems: 4 })
    expect(await storage.verify()).toEqual({ files, problems })
    expect((await storage.verify({ subfolder: "fine" })).problems).toEqual([])
  })

  test("stops when it is told to", async () => {
    const storage = await broken()
    const controller = new AbortController()
    const stopped = storage.verify({
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    // @ts-expect-error a misspelt option
    await expect(storage.verify({ subfoldr: "a" })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })

  test("passes over files that are none of the storage's", async () => {
    const storage = open()
    mkdirSync(storage.directory, { recursive: true })
    writeFileSync(join(storage.directory, "notes.txt"), "mine")
    symlinkSync("/", join(storage.directory, "root"))
    expect(await storage.verify()).toEqual({ files: 0, problems: [] })
  })
})

describe("FileStorage.repair", () => {
  test("mends what can be mended and tells of the rest", async () => {
    const storage = await broken()
    const { mended, remaining } = await storage.repair()
    expect(mended.map(({ key }) => key).sort()).toEqual(["Twice", "mendable", "old"])
    expect(remaining.map(({ kind, key }) => `${kind} ${key}`)).toEqual(["damaged lost"])
    expect(await storage.load("mendable")).toBe(1)
    expect(await storage.load("Twice")).toBe(1)
    expect(await storage.versions("old")).toEqual([])
    expect(readdirSync(join(storage.directory, ".persist", "quarantine")).sort()).toEqual([
      "lost",
      "mendable",
      "old",
    ])
    const { problems } = await storage.verify()
    expect(problems.map(({ key }) => key)).toEqual(["lost"])
    expect((await storage.repair()).remaining.map(({ key }) => key)).toEqual(["lost"])
  })

  test("says what it could not mend, and goes on with the rest", async () => {
    const whole = await broken()
    const { directory } = whole
    const before = await whole.verify()
    await whole.close()
    // Where the disk is full, say, for whatever is not small.
    const fileSystem = interferingFileSystem((call) => {
      if (!/quarantine|mendable/.test(String(call.values[1]))) return
      if (call.name.startsWith("rename")) throw systemError("ENOSPC", call)
    })
    const storage = new FileStorage({ directory, durability: "none", fileSystem })
    const { mended, remaining } = await storage.repair()
    expect(mended.map(({ key }) => key)).toEqual(["Twice"])
    expect(remaining.map(({ key }) => key).sort()).toEqual(["lost", "mendable", "old"])
    expect(remaining.find(({ key }) => key === "old")?.reason).toMatchObject({ code: "ENOSPC" })
    expect((await storage.verify()).problems).toHaveLength(before.problems.length - 1)
    expect(await storage.load("mendable")).toBe(1)
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("does no harm while others write", async () => {
    const storage = await broken()
    const other = new FileStorage({ directory: storage.directory, durability: "none" })
    let rounds = 0
    let isOver = false
    const writing = (async () => {
      while (!isOver) {
        rounds++
        await other.save("Twice", rounds, { backup: true })
        await other.update<number>("counter", (current) => current + 1, { default: 0 })
      }
    })()
    for (let round = 0; round < 3; round++) await storage.repair()
    isOver = true
    await writing
    expect(await storage.load("Twice")).toBe(rounds)
    expect(await storage.load("counter")).toBe(rounds)
  })
})

describe("the options of a walk", () => {
  test.each([
    ["verify", "onProgress", 5],
    ["verify", "signal", {}],
    ["verify", "progress", () => {}],
    ["repair", "onProgress", "often"],
    ["repair", "signal", new AbortController()],
  ] as const)("%s refuses %s when it is wrong", async (operation, name, value) => {
    const walk = open()[operation]({ [name]: value })
    await expect(walk).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
      message: expect.stringMatching(new RegExp(`^${operation}: `)),
    })
  })
})
