import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { FolderEvents } from "../src/watching/folder-events.ts"
import { temporaryFolder } from "./temporary-folder.ts"
import { put, watched } from "./watched-storage.ts"

function systemWatches(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length
}

test("FileStorage.watch keeps nothing of folders that are gone", async () => {
  const { storage, start, until } = watched()
  await storage.save("jobs/first/one", 1)
  await start()
  const before = systemWatches()
  for (const job of ["second", "third", "fourth", "fifth"]) {
    put(storage, `jobs/${job}/one.json`, "1")
    await until(`jobs/${job}/one`)
    rmSync(join(storage.directory, "jobs", job), { recursive: true })
    await until(`jobs/${job}/one`, "delete")
  }
  expect(systemWatches()).toBe(before)
  await storage.close()
})

test("FileStorage.watch tells nothing of what lies in a linked folder that a save goes into", async () => {
  const { storage, start, until, told } = watched()
  await storage.save("real/before", 1)
  symlinkSync("real", join(storage.directory, "link"))
  await start()
  await storage.save("link/one", 1)
  put(storage, "last.json", "1")
  await until("last")
  await until("real/one")
  expect(told().toSorted()).toEqual(["save last", "save link/one", "save real/one"])
  await storage.close()
})

// A link of the system's own, in most; what lies there is only listed.
test.runIf(process.platform !== "win32")(
  "FolderEvents comes to an end with the folders above a link directly below the root of the file system",
  () => {
    const failures: unknown[] = []
    const listener = { file() {}, gone() {}, fail: (error: unknown) => failures.push(error) }
    const events = new FolderEvents("/sbin", listener)
    const before = systemWatches()
    events.add("/sbin", false)
    expect(systemWatches()).toBeGreaterThan(before)
    expect(failures).toEqual([])
    events.close()
  },
)

test("FileStorage.watch hears of a save through a link in a directory that is a link to one with a longer name", async () => {
  const directory = join(temporaryFolder(), "data")
  mkdirSync(join(`${directory}-1`, "deep"), { recursive: true })
  symlinkSync(`${directory}-1`, directory)
  const { storage, start, until, told } = watched({ directory })
  put(storage, "deep/one.json", "1")
  symlinkSync("deep/one.json", join(directory, "linked.json"))
  await start()
  await storage.save("linked", 2)
  await until("linked")
  await until("deep/one")
  expect(told().toSorted()).toEqual(["save deep/one", "save linked"])
  await storage.close()
})

// Each of these happens between two turns of the event loop, so that the system tells of it when all is over.
describe.each([
  ["by events", {}],
  ["by polling", { polling: 20 }],
] as const)("FileStorage.watch, %s, while folders come and go", (_name, options) => {
  test("goes on in a folder that was removed and made again at once, with the number that it had", async () => {
    const { storage, start, until, told } = watched(options)
    await storage.save("jobs/deep/one", 1)
    await start()
    rmSync(join(storage.directory, "jobs"), { recursive: true })
    mkdirSync(join(storage.directory, "jobs", "deep"), { recursive: true })
    await until("jobs/deep/one", "delete")
    put(storage, "jobs/deep/two.json", "2")
    await until("jobs/deep/two")
    expect(told()).toEqual(["delete jobs/deep/one", "save jobs/deep/two"])
    await storage.close()
  })

  test("waits for a subfolder where the folder above it was removed and made again at once", async () => {
    const { storage, start, until, told } = watched({ ...options, subfolder: "jobs/deep" })
    mkdirSync(join(storage.directory, "jobs"), { recursive: true })
    await start()
    rmSync(join(storage.directory, "jobs"), { recursive: true })
    mkdirSync(join(storage.directory, "jobs"))
    await storage.save("elsewhere", 0)
    put(storage, "jobs/deep/one.json", "1")
    await until("one")
    expect(told()).toEqual(["save one"])
    await storage.close()
  })

  test("waits for a subfolder deep down where a folder far above it is moved away and made again", async () => {
    const { storage, start, until, told } = watched({ ...options, subfolder: "jobs/deep/down" })
    mkdirSync(join(storage.directory, "jobs/deep"), { recursive: true })
    await start()
    renameSync(join(storage.directory, "jobs"), join(storage.directory, "old"))
    put(storage, "jobs/deep/down/one.json", "1")
    await until("one")
    expect(told()).toEqual(["save one"])
    await storage.close()
  })

  test("follows a subfolder whose folder comes to lie in another one that has the name of the first", async () => {
    const { storage, start, until, told } = watched({ ...options, subfolder: "jobs/deep/down" })
    const path = (name: string) => join(storage.directory, name)
    await storage.save("jobs/deep/down/one", 1)
    await start()
    renameSync(path("jobs"), path("old"))
    mkdirSync(path("jobs"))
    renameSync(path("old/deep"), path("jobs/deep"))
    put(storage, "jobs/deep/down/two.json", "2")
    await until("two")
    renameSync(path("jobs"), path("older"))
    await until("one", "delete")
    put(storage, "jobs/deep/down/three.json", "3")
    await until("three")
    expect(told().toSorted()).toEqual(["delete one", "delete two", "save three", "save two"])
    await storage.close()
  })

  test("follows a subfolder when the whole storage is moved away and another comes in its place", async () => {
    const { storage, start, until, told } = watched({ ...options, subfolder: "jobs/deep" })
    await storage.save("jobs/deep/old", 1)
    put(storage, "../next/jobs/deep/new.json", "2")
    await start()
    renameSync(storage.directory, `${storage.directory}.old`)
    renameSync(join(storage.directory, "../next"), storage.directory)
    await until("old", "delete")
    await until("new")
    put(storage, "../data.old/jobs/deep/old.json", "3")
    put(storage, "jobs/deep/newer.json", "4")
    await until("newer")
    expect(told().toSorted()).toEqual(["delete old", "save new", "save newer"])
    await storage.close()
  })

  test("tells of the end of what it saved itself into a folder that went at once", async () => {
    const { storage, start, until, told } = watched(options)
    mkdirSync(storage.directory, { recursive: true })
    await start()
    storage.saveSync("jobs/deep/one", 1)
    rmSync(join(storage.directory, "jobs"), { recursive: true })
    await until("jobs/deep/one", "delete")
    expect(told()).toEqual(["save jobs/deep/one", "delete jobs/deep/one"])
    await storage.close()
  })
})
