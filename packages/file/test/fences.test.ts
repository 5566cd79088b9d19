import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(directory: string = temporaryFolder()): FileStorage {
  return new FileStorage({ directory })
}

const fencesOf = ({ directory }: FileStorage) => join(directory, ".persist", "fences")

test("keeps marks only for keys that were written with a token", async () => {
  await using storage = open()
  await storage.save("a", 1)
  await storage.update("a", () => 2)
  await storage.delete("a")
  expect(existsSync(fencesOf(storage))).toBe(false)
  await storage.save("a", 1, { fence: 12 })
  expect(readFileSync(join(fencesOf(storage), "a", "mark.txt"), "utf8")).toBe("12")
})

test("keeps the marks of a key and of those below it apart, whatever they are called", async () => {
  await using storage = open()
  const keys = ["a", "a/mark", "a/mark.txt", "a/mark.txt/b", "a/b"]
  for (const [index, key] of keys.entries()) await storage.save(key, key, { fence: index + 1 })
  for (const [index, key] of keys.entries()) {
    expect(await storage.stat(key)).toMatchObject({ fence: index + 1 })
  }
})

test("supersedes no save that has a token, of many that wait", async () => {
  await using storage = open()
  const [first, higher, late] = await Promise.allSettled([
    storage.save("a", 1),
    storage.save("a", 2, { fence: 5 }),
    storage.save("a", 3, { fence: 3 }),
  ])
  expect([first.status, higher.status]).toEqual(["fulfilled", "fulfilled"])
  expect(late).toMatchObject({ reason: { code: "ERR_PERSIST_FENCED" } })
  expect(await storage.load("a")).toBe(2)
})

test("sees what another storage of the directory has marked meanwhile", async () => {
  await using storage = open()
  await using other = open(storage.directory)
  await storage.save("a", 1)
  expect(await storage.stat("a")).not.toHaveProperty("fence")
  await other.save("a", 2, { fence: 3 })
  expect(await storage.stat("a")).toHaveProperty("fence", 3)
  await expect(storage.save("a", 3, { fence: 2 })).rejects.toMatchObject({
    code: "ERR_PERSIST_FENCED",
  })
})

test("supersedes no save with a token by a newer one", async () => {
  await using storage = open()
  const saves = [5, 6, 4, 7].map((fence) => storage.save("a", fence, { fence }))
  const settled = await Promise.allSettled(saves)
  expect(settled.map(({ status }) => status)).toEqual([
    ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
  ])
  expect(await storage.load("a")).toBe(7)
})

test("checks streams too, and leaves nothing of what it refuses", async () => {
  await using storage = open()
  const content = () => [Buffer.from("some"), Buffer.from("bytes")]
  await storage.saveStream("a", content(), { fence: 2 })
  const late = storage.saveStream("a", content(), { fence: 1, version: true })
  await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_FENCED" })
  expect(await storage.versions("a")).toEqual([])
  expect((await storage.repair()).remaining).toEqual([])
  expect(await storage.stat("a")).toHaveProperty("fence", 2)
})

test("refuses fenced writes when the mark is damaged, and lets the others be", async () => {
  await using storage = open()
  await storage.save("a", 1, { fence: 2 })
  writeFileSync(join(fencesOf(storage), "a", "mark.txt"), "x")
  const write = storage.save("a", 2, { fence: 3 })
  await expect(write).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT", key: "a" })
  await storage.save("a", 3)
  expect(await storage.load("a")).toBe(3)
  expect(await storage.exists("a")).toBe(true)
})

test("says that nothing was changed when the mark cannot be made durable", async () => {
  const directory = temporaryFolder()
  await using before = open(directory)
  await before.save("a", "old", { fence: 1 })
  const folders = new Set<number>()
  let failures = 0
  const fileSystem = interferingFileSystem((call) => {
    const { name, values } = call
    if (name === "openSync" && String(values[0]).endsWith("fences/a")) {
      return () => {
        const descriptor = nodeFileSystem.openSync(String(values[0]), String(values[1]))
        folders.add(descriptor)
        return descriptor
      }
    }
    if (name === "closeSync") folders.delete(values[0] as number)
    if (name !== "fsyncSync" || !folders.has(values[0] as number)) return
    failures++
    throw systemError("EIO", call)
  })
  await using storage = new FileStorage({ directory, fileSystem })
  const work = [
    () => storage.save("a", "new", { fence: 2 }),
    () => storage.delete("a", { fence: 3 }),
    async () => storage.saveSync("a", "new", { fence: 4 }),
  ]
  for (const act of work) {
    await expect(act()).rejects.toMatchObject({ code: "ERR_PERSIST_IO", cause: { code: "EIO" } })
    expect(await storage.load("a")).toBe("old")
  }
  expect(failures).toBe(3)
})
