import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test, vi } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"
import { put, watched } from "./watched-storage.ts"

/** What careful editors do. */
function replace(storage: FileStorage, name: string, text: string): void {
  const path = join(storage.directory, name)
  writeFileSync(`${path}~`, text)
  renameSync(`${path}~`, path)
}

describe.each([
  ["by events", {}],
  ["by polling", { polling: 20 }],
] as const)("FileStorage.watch, %s", (_name, options) => {
  test("tells of a value that the storage itself saves as a stream", async () => {
    const { storage, start, until } = watched(options)
    await start()
    await storage.saveStream("movie", ["fra", "mes"])
    await until("movie")
    await storage.close()
  })

  test("tells of edits in place and of atomic replacements, again and again", async () => {
    const { storage, start, until, seen } = watched(options)
    await storage.save("a", 0)
    await start()
    put(storage, "a.json", "1")
    await until("a")
    for (let round = 2; round < 6; round++) {
      seen.length = 0
      if (round % 2) put(storage, "a.json", String(round))
      else replace(storage, "a.json", String(round))
      await until("a")
      expect(await storage.load("a")).toBe(round)
    }
    await storage.close()
  })

  test("tells that a value is gone when a folder takes the place of its file", async () => {
    const { storage, start, until } = watched(options)
    await storage.save("a", 1)
    await start()
    rmSync(join(storage.directory, "a.json"))
    put(storage, "a.json/b.json", "2")
    await until("a", "delete")
    await until("a.json/b")
    await storage.close()
  })

  test("tells of edits of one size within one tick of the kernel's clock", async () => {
    const { storage, start, until, seen } = watched(options)
    const tick = Date.now() - 60_000 + 0.25
    const now = vi.spyOn(Date, "now").mockReturnValue(Math.ceil(tick) + 5)
    const edit = (text: string) => {
      put(storage, "a.json", text)
      utimesSync(join(storage.directory, "a.json"), tick / 1000, tick / 1000)
    }
    edit("1")
    await start()
    for (const text of ["2", "3"]) {
      seen.length = 0
      edit(text)
      await until("a")
    }
    now.mockRestore()
    await storage.close()
  })

  test("tells of edits of one size within the second that the file system's clock takes to go on", async () => {
    const { storage, start, until, seen } = watched(options)
    // A minute ahead, so that it lasts however long a busy machine takes.
    const second = Math.floor(Date.now() / 1000) + 60
    const edit = (text: string) => {
      put(storage, "a.json", text)
      utimesSync(join(storage.directory, "a.json"), second, second)
    }
    edit("1")
    await start()
    for (const text of ["2", "3"]) {
      seen.length = 0
      edit(text)
      await until("a")
    }
    expect(seen).toHaveLength(1)
    await storage.close()
  })

  test("tells once of a change, and of a content that stays the same not at all", async () => {
    const { storage, start, until, told } = watched(options)
    await storage.save("same", 1)
    await storage.save("other", 1)
    await start()
    replace(storage, "same.json", readFileSync(join(storage.directory, "same.json"), "utf8"))
    utimesSync(join(storage.directory, "same.json"), 1, 1)
    put(storage, "other.json", "2")
    await until("other")
    put(storage, "last.json", "3")
    await until("last")
    expect(told()).toEqual(["save other", "save last"])
    await storage.close()
  })

  test("tells of its own saves once, and in order", async () => {
    const { storage, start, until, told } = watched(options)
    await start()
    for (const key of ["a", "b", "a", "c/d"]) await storage.save(key, Math.random())
    await storage.delete("b")
    await storage.save("last", 1)
    await until("last")
    put(storage, "external.json", "1")
    await until("external")
    expect(told()).toEqual([
      "save a",
      "save b",
      "save a",
      "save c/d",
      "delete b",
      "save last",
      "save external",
    ])
    await storage.close()
  })

  const missing = ["deep/er", "Deep/\u65e5\u672c"]
  test.each(missing)("waits for the folder %s, and survives that it goes", async (subfolder) => {
    const { storage, start, until, seen, told } = watched({ ...options, subfolder })
    await start()
    put(storage, `${subfolder}/a.json`, "1")
    await until("a")
    seen.length = 0
    rmSync(join(storage.directory, dirname(subfolder)), { recursive: true })
    await until("a", "delete")
    put(storage, `${subfolder}/b.json`, "1")
    await until("b")
    expect(told()).not.toContain("save a")
    seen.length = 0
    rmSync(storage.directory, { recursive: true })
    await until("b", "delete")
    put(storage, `${subfolder}/c.json`, "1")
    await until("c")
    await storage.close()
  })

  test("waits where a file lies in the place of the folder", async () => {
    const { storage, start, until } = watched({ ...options, subfolder: "folder" })
    put(storage, "folder", "a file")
    await start()
    rmSync(join(storage.directory, "folder"))
    put(storage, "folder/a.json", "1")
    await until("a")
    await storage.close()
  })

  test("follows a folder that is a link to another one inside, and none out", async () => {
    const outside = temporaryFolder()
    const { storage, start, until, told } = watched({ ...options, subfolder: "link" })
    const link = join(storage.directory, "link")
    put(storage, "real/a.json", "1")
    symlinkSync("real", link)
    await start()
    put(storage, "real/b.json", "1")
    await until("b")
    rmSync(link)
    symlinkSync(outside, link)
    await until("b", "delete")
    writeFileSync(join(outside, "c.json"), "1")
    rmSync(link)
    put(storage, "link/d.json", "1")
    await until("d")
    expect(told()).not.toContain("save c")
    await storage.close()
  })

  test("refuses a folder that is a link out of the storage, and watches nothing then", async () => {
    const { storage } = watched(options)
    await storage.save("a", 1)
    symlinkSync(temporaryFolder(), join(storage.directory, "link"))
    const watching = () =>
      process.getActiveResourcesInfo().filter((name) => name.startsWith("FSEvent")).length
    const started = vi.spyOn(globalThis, "setInterval")
    const ended = vi.spyOn(globalThis, "clearInterval")
    for (const subfolder of ["link", "link/deep"]) {
      expect(() => storage.watch({ subfolder })).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_INVALID_KEY" }),
      )
    }
    const intervals = started.mock.results.map((result) => result.value)
    expect(ended.mock.calls.flat()).toEqual(expect.arrayContaining(intervals))
    for (const spy of [started, ended]) spy.mockRestore()
    // Those of the tests before are closed by then, too.
    await expect.poll(watching).toBe(0)
    await storage.close()
  })

  test("tells nobody that a value is gone whose file may not be looked at for a while", async () => {
    const { storage, start, until, told } = watched(options)
    await storage.save("a", 1)
    await start()
    const path = join(storage.directory, "a.json")
    rmSync(path)
    symlinkSync(join(temporaryFolder(), "elsewhere.json"), path)
    put(storage, "between.json", "1")
    await until("between")
    rmSync(path)
    put(storage, "a.json", "2")
    await until("a")
    expect(told()).toEqual(["save between", "save a"])
    await storage.close()
  })

  test("watches a storage whose directory is a link", async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, "real"))
    symlinkSync("real", join(folder, "link"))
    const { storage, start, until } = watched({ ...options, directory: join(folder, "link") })
    await start()
    writeFileSync(join(folder, "real/a.json"), "1")
    await until("a")
    await storage.close()
  })

  test("names keys as they are, whatever their files are called", async () => {
    const { storage, start, until, told } = watched(options)
    const other = new FileStorage({ directory: storage.directory, durability: "none" })
    await start()
    await other.save("MySave", 1)
    await other.save("x".repeat(1000), 1)
    await until("MySave")
    await until("x".repeat(1000))
    put(storage, "ByHand.json", "1")
    await until("ByHand")
    put(storage, "ignored.txt", "1")
    put(storage, "last.json", "1")
    await until("last")
    expect(told().filter((one) => one.includes("ignored"))).toEqual([])
    await storage.close()
  })
})

test("looks at most once in 24 days where a timer cannot wait longer", async () => {
  for (const polling of ["30d", Number.POSITIVE_INFINITY] as const) {
    const setInterval = vi.spyOn(globalThis, "setInterval")
    const { storage, start } = watched({ polling })
    await start()
    expect(setInterval.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([2 ** 31 - 1])
    setInterval.mockRestore()
    await storage.close()
  }
})
