import { mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { put, watched } from "./watched-storage.ts"

test("FileStorage.watch keeps nothing of folders that are gone", async () => {
  const systemWatches = () =>
    process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length
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
