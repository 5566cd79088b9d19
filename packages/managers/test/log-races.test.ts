import type * as promises from "node:fs/promises"
import { join } from "node:path"
import { DatabaseStorage } from "@persist/db"
import { afterEach, describe, expect, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** What somebody else does at the next call of a function of the file system: before it, or behind it. */
const meanwhile = vi.hoisted(() => new Map<string, (path: string) => Promise<unknown>>())

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof promises>()
  const hooked = (name: "open" | "readdir" | "rm" | "stat" | "utimes") => {
    const call = real[name] as (path: string, ...rest: unknown[]) => Promise<unknown>
    const other = async (when: string, path: string) => {
      const work = meanwhile.get(`${when} ${name}`)
      if (work === undefined || !path.includes("logs")) return
      meanwhile.delete(`${when} ${name}`)
      await work(path)
    }
    return async (path: string, ...rest: unknown[]) => {
      await other("before", path)
      const result = await call(path, ...rest)
      await other("after", path)
      return result
    }
  }
  const names = ["open", "readdir", "rm", "stat", "utimes"] as const
  return { ...real, ...Object.fromEntries(names.map((name) => [name, hooked(name)])) }
})

afterEach(() => meanwhile.clear())

const numbers = async (logs: LogManager) => (await logs.read("app")).map(({ n }) => n)
const day = 86_400_000

describe("A log that is read while it is replaced", () => {
  const some = Array.from({ length: 3 }, (_, n) => ({ n }))
  const others = Array.from({ length: 3 }, (_, n) => ({ n: n + 10 }))

  test("in files: the old entries or the new ones", async () => {
    const source = { directory: temporaryDirectory(), durability: "none" } as const
    await using logs = new LogManager(source)
    await using rival = new LogManager(source)
    await logs.saveLog("app", some)
    meanwhile.set("after readdir", () => rival.saveLog("app", others))
    expect(await numbers(logs)).toEqual([10, 11, 12])
    meanwhile.set("after readdir", () => rival.deleteLog("app"))
    expect(await numbers(logs)).toEqual([])
  })

  test("in files that were deleted, where somebody has begun new ones: those", async () => {
    const rotation = { maxSize: 1, compress: false }
    const source = { directory: temporaryDirectory(), durability: "none", rotation } as const
    await using logs = new LogManager(source)
    await using rival = new LogManager(source)
    for (const entry of some) await logs.append("app", entry)
    await logs.close()
    await using reader = new LogManager(source)
    // A folder is looked at twice.
    meanwhile.set("after readdir", async () => {
      meanwhile.set("after readdir", async () => {
        await rival.deleteLog("app")
        await rival.append("app", { n: 10 })
      })
    })
    expect(await numbers(reader)).toEqual([10])
  })

  test("in files of which some were read: the new ones alone; who has some of the old gets no new ones", async () => {
    const rotation = { maxSize: 1, compress: false }
    // Files of the same millisecond, too, are read one after another.
    const now = Date.now()
    const clock = () => now
    const source = { directory: temporaryDirectory(), durability: "none", rotation, clock } as const
    await using logs = new LogManager(source)
    await using rival = new LogManager(source)
    const replaceAfterFirst = async () => {
      for (const entry of some) await logs.append("app", entry)
      const entries = logs.entries("app")
      const first = (await entries.next()).value?.n
      await rival.saveLog("app", others)
      const rest: unknown[] = []
      for await (const { n } of entries) rest.push(n)
      return [first, ...rest]
    }
    expect(await replaceAfterFirst()).toEqual([0])
    expect(await numbers(logs)).toEqual([10, 11, 12])
  })

  test("in a database: the old entries or the new ones", async () => {
    await using database = new DatabaseStorage("sqlite::memory:")
    const storage = database.storage("app")
    await using logs = new LogManager({ storage })
    await using rival = new LogManager({ storage })
    await logs.append("app", some)
    const list = storage.list.bind(storage)
    vi.spyOn(storage, "list").mockImplementationOnce(async (...call) => {
      const keys = await list(...call)
      await rival.saveLog("app", others)
      return keys
    })
    expect(await numbers(logs)).toEqual([10, 11, 12])
  })
})

test("a log is read whole though one look at its folder leaves a file out that gets a new name", async () => {
  const source = { directory: temporaryDirectory(), durability: "none" } as const
  await using logs = new LogManager(source)
  await logs.append("app", { n: 0 })
  const folder = join(source.directory, "logs/app")
  const { readdir, rename } = await vi.importActual<typeof promises>("node:fs/promises")
  const [file = ""] = await readdir(folder)
  const away = join(source.directory, file)
  meanwhile.set("before readdir", async () => {
    await rename(join(folder, file), away)
    meanwhile.set("after readdir", () => rename(away, join(folder, file)))
  })
  expect(await numbers(logs)).toEqual([0])
})

test("a file that was begun while somebody replaced the log hides no entry", async () => {
  const source = { directory: temporaryDirectory(), durability: "none" } as const
  await using logs = new LogManager({ ...source, clock: () => Date.now() - day })
  await using rival = new LogManager(source)
  await rival.append("app", { n: 0 })
  meanwhile.set("before open", () => rival.saveLog("app", [{ n: 1 }]))
  await logs.append("app", { n: 2 })
  await logs.append("app", { n: 3 })
  expect(await numbers(rival)).toEqual([1, 2, 3])
})

test("retention removes no file that was taken over and handed on since it was looked at", async () => {
  let now = Date.now()
  const source = { directory: temporaryDirectory(), durability: "none", clock: () => now } as const
  const rotation = { keepFor: "1d" } as const
  const old = [0, 1].map(() => new LogManager(source))
  for (const [n, logs] of old.entries()) await logs.append("app", { n })
  for (const logs of old) await logs.close()
  now += 2 * day
  meanwhile.set("after stat", async () => {
    await using other = new LogManager(source)
    await other.append("app", { n: 2 })
  })
  await using logs = new LogManager({ ...source, rotation })
  await logs.append("app", { n: 3 })
  await logs.close()
  await using again = new LogManager(source)
  expect(await numbers(again)).toEqual(expect.arrayContaining([2, 3]))
})

test("deleteLog leaves no old entry, though somebody takes a file over meanwhile", async () => {
  const source = { directory: temporaryDirectory(), durability: "none" } as const
  await using rival = new LogManager(source)
  const old = new LogManager(source)
  await old.append("app", { n: 0 })
  await old.close()
  await using logs = new LogManager(source)
  meanwhile.set("before rm", () => rival.append("app", { n: 1 }))
  expect(await logs.deleteLog("app")).toBe(true)
  expect(await numbers(logs)).toEqual([])
  await rival.append("app", { n: 2 })
  expect(await numbers(logs)).toEqual([2])
})

test("a file that is compressed while somebody deletes the log does not come back", async () => {
  const source = { directory: temporaryDirectory(), durability: "none" } as const
  await using rival = new LogManager(source)
  await using logs = new LogManager({ ...source, rotation: { maxSize: 1 } })
  const deleted = new Promise<boolean>((resolve) => {
    meanwhile.set("before utimes", async () => {
      meanwhile.set("before utimes", async () => resolve(await rival.deleteLog("app")))
    })
  })
  await logs.append("app", { n: 0 })
  expect(await deleted).toBe(true)
  await logs.close()
  expect(await numbers(rival)).toEqual([])
})
