import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { historyIds } from "@persist/core"
import { DatabaseStorage } from "@persist/db"
import { describe, expect, test, vi } from "vitest"
import { type FollowedEntry, LogManager } from "../src/index.ts"
import { LogText } from "../src/logs/log-text.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const numbers = async (logs: LogManager) =>
  (await logs.read("app")).map((entry) => entry.n as number)

describe("LogManager rotation", () => {
  test("seals and compresses full files, and reads across them in order", async () => {
    const directory = temporaryDirectory()
    const logs = new LogManager({ directory, rotation: { maxSize: 2000 } })
    for (let n = 0; n < 200; n++) await logs.append("app", { n, text: "x".repeat(40) })
    await logs.close()
    const files = readdirSync(join(directory, "logs/app"))
    expect(files.filter((file) => file.endsWith(".sealed.ndjson.gz")).length).toBeGreaterThan(5)
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([])
    await using again = new LogManager({ directory })
    expect(await numbers(again)).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  test("keeps the order of appends when the clock is set back between two files", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2030, 0, 1)
    const logs = new LogManager({ directory, rotation: { maxSize: 60 }, clock: () => now })
    for (let n = 0; n < 12; n++) {
      if (n === 5) now = Date.UTC(2001, 0, 1)
      if (n === 9) now = Date.UTC(2020, 0, 1)
      await logs.append("app", { n })
    }
    expect(await numbers(logs)).toEqual(Array.from({ length: 12 }, (_, n) => n))
    await logs.close()
  })

  test("keeps it too behind a file that was taken over from a clock that was ahead", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2031, 0, 1)
    const source = { directory, rotation: { maxSize: 60 }, clock: () => now }
    const ahead = new LogManager(source)
    now += 60_000
    await ahead.append("app", { n: 0 })
    now -= 30_000
    await ahead.close()
    await using logs = new LogManager(source)
    for (let n = 1; n < 9; n++) await logs.append("app", { n })
    expect(await numbers(logs)).toEqual(Array.from({ length: 9 }, (_, n) => n))
  })

  test("removes the oldest sealed files beyond its quota", async () => {
    const directory = temporaryDirectory()
    const rotation = { maxSize: 100, keepFiles: 2, compress: false }
    await using logs = new LogManager({ directory, rotation })
    for (let n = 0; n < 40; n++) await logs.append("app", { n })
    await logs.close()
    const sealed = readdirSync(join(directory, "logs/app")).filter((file) =>
      file.includes("sealed"),
    )
    expect(sealed).toHaveLength(2)
    expect(() => new LogManager({ directory, rotation: { maxSize: 0 } })).toThrow(/maxSize/)
  })

  test("is followed in the order of time where several processes have written", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2030, 0, 1)
    const source = { directory, durability: "none", clock: () => now++ } as const
    await using one = new LogManager({ ...source, rotation: { maxSize: 300 } })
    await using two = new LogManager(source)
    for (let n = 0; n < 60; n++) await (n % 3 === 0 ? one : two).append("app", { n })
    const followed: number[] = []
    let cursor: string | undefined
    for (const upTo of [25, 60]) {
      for await (const next of one.follow("app", cursor === undefined ? {} : { cursor })) {
        followed.push(next.entry.n as number)
        cursor = next.cursor
        if (followed.length === upTo) break
      }
    }
    expect(followed).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  test("is followed across rotation, and from a cursor on", async () => {
    const directory = temporaryDirectory()
    await using logs = new LogManager({ directory, rotation: { maxSize: 500 } })
    const controller = new AbortController()
    const seen: number[] = []
    let cursor = ""
    const following = (async () => {
      for await (const found of logs.follow("app", { signal: controller.signal })) {
        seen.push(found.entry.n as number)
        if (found.entry.n === 49) cursor = found.cursor
        if (seen.length === 100) controller.abort()
      }
    })()
    for (let n = 0; n < 100; n++) await logs.append("app", { n })
    await following
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n))
    const rest: number[] = []
    for await (const { entry } of logs.follow("app", { cursor })) {
      rest.push(entry.n as number)
      if (rest.length === 50) break
    }
    expect(rest).toEqual(Array.from({ length: 50 }, (_, n) => n + 50))
    for (const offsets of [{}, [1], [["id", "1"]], [["id", -1]]]) {
      const broken = Buffer.from(JSON.stringify(offsets)).toString("base64url")
      for (const cursor of ["***", "", broken]) {
        await expect(logs.follow("app", { cursor }).next()).rejects.toThrow(/cursor/)
      }
    }
  })

  test("has cursors that stay short when retention removes files, and good for whoever asks late", async () => {
    const directory = temporaryDirectory()
    const rotation = { maxSize: 100, keepFiles: 3, compress: false }
    await using logs = new LogManager({ directory, rotation })
    const controller = new AbortController()
    const following = logs.follow("app", { signal: controller.signal })
    let found: FollowedEntry[] = []
    let longest = 0
    for (let n = 0; n < 150; n++) {
      await logs.append("app", { n })
      const { value } = await following.next()
      if (value === undefined) throw new Error("it ended")
      found = [...found.slice(-4), value]
      if (n > 20) longest = Math.max(longest, value.cursor.length)
    }
    controller.abort()
    expect(longest).toBeLessThan(800)
    const cursors = found.map(({ cursor }) => cursor)
    for (const [index, cursor] of cursors.slice(0, -1).entries()) {
      const { value } = await logs.follow("app", { cursor }).next()
      expect(value?.entry.n).toBe(146 + index)
    }
  })

  test("loses nothing between processes, one of which rotates", async () => {
    const directory = temporaryDirectory()
    const program = join(import.meta.dirname, "programs/append-log.ts")
    const ends = ["a", "b", "c"].map(async (writer) => {
      const child = spawn(process.execPath, [program, directory, writer, "300"], {
        stdio: "inherit",
      })
      expect(await once(child, "exit")).toEqual([0, null])
    })
    await Promise.all(ends)
    await using logs = new LogManager({ directory })
    const entries = await logs.read("app")
    for (const writer of ["a", "b", "c"]) {
      const own = entries.filter((entry) => entry.writer === writer).map((entry) => entry.n)
      expect(own).toEqual(Array.from({ length: 300 }, (_, n) => n))
    }
  })

  test("what was resolved survives kill -9, and earlier lines always do", async () => {
    const directory = temporaryDirectory()
    const program = join(import.meta.dirname, "programs/append-log.ts")
    let expected = 0
    for (let round = 0; round < 10; round++) {
      const child = spawn(process.execPath, [program, directory, `w${round}`, "1000000"], {
        stdio: ["ignore", "pipe", "inherit"],
      })
      let acknowledged = -1
      child.stdout.on("data", (chunk: Buffer) => {
        acknowledged = Number(chunk.toString().trim().split("\n").at(-1))
        if (acknowledged > 20 + round * 7) child.kill("SIGKILL")
      })
      await once(child, "close")
      await using logs = new LogManager({ directory })
      const entries = await logs.read("app")
      const own = entries.filter((entry) => entry.writer === `w${round}`).map((entry) => entry.n)
      expect(own).toEqual(Array.from({ length: own.length }, (_, n) => n))
      expect(own.length).toBeGreaterThan(acknowledged)
      expect(entries.length).toBeGreaterThanOrEqual(expected + own.length)
      expected = entries.length
    }
  })
})

test("a writer goes on in a new file when somebody replaces the log", async () => {
  const directory = temporaryDirectory()
  await using one = new LogManager({ directory })
  await using two = new LogManager({ directory })
  await one.append("app", { n: 1 })
  await two.saveLog("app", [{ n: 2 }])
  await one.append("app", { n: 3 })
  expect(await numbers(two)).toEqual([2, 3])
})

test("LogManager keeps logs in a database, a batch a value", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  await using logs = new LogManager({ storage: await database.storage("values") })
  await logs.append("app", [{ n: 1 }, { n: 2 }])
  await logs.append("app", { n: 3 })
  expect(await numbers(logs)).toEqual([1, 2, 3])
  await logs.saveLog("app", [{ n: 4 }])
  expect(await numbers(logs)).toEqual([4])
  expect(await logs.listLogs()).toEqual(["app"])
  expect(await logs.deleteLog("app")).toBe(true)
  expect(await logs.logExists("app")).toBe(false)
  expect(() => logs.follow("app")).toThrow(/followed/)
})

test("LogManager replaces a log in a database, and goes on behind it, whatever the clocks say", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const storage = await database.storage("values")
  const warnings: string[] = []
  const logger = { warn: (text: string) => warnings.push(text) }
  await using ahead = new LogManager({ storage, logger, clock: () => Date.now() + 60_000 })
  await using logs = new LogManager({ storage, logger })
  await ahead.append("app", { n: 0 })
  await logs.saveLog("app", [{ n: 1 }])
  expect(await numbers(logs)).toEqual([1])
  await ahead.saveLog("app", [{ n: 2 }])
  await logs.append("app", { n: 3 })
  await ahead.append("app", { n: 4 })
  expect(await numbers(ahead)).toEqual([2, 3, 4])
  await Promise.all([logs.saveLog("app", [{ n: 5 }]), logs.saveLog("app", [{ n: 6 }])])
  expect(await numbers(logs)).toEqual([6])
  expect(warnings).toEqual([])
})

test("LogManager reads what an older program replaced in a database", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const storage = await database.storage("values")
  let now = Date.UTC(2030, 0, 1)
  await using logs = new LogManager({ storage, clock: () => now++ })
  await logs.append("app", { n: 0 })
  const serializer = new LogText()
  const key = `${historyIds(() => now++)()}-base`
  await storage.save(key, '{"n":1}\n{"n":2}', { subfolder: "logs/app", serializer })
  await logs.append("app", { n: 3 })
  expect(await numbers(logs)).toEqual([1, 2, 3]) // Whoever replaces it has a clock that is behind, and is killed before it has removed what was there.
  await using behind = new LogManager({ storage, clock: () => now - 1000 })
  const remove = vi.spyOn(storage, "delete").mockRejectedValue(new Error("killed"))
  await expect(behind.saveLog("app", [{ n: 4 }])).rejects.toThrow("killed")
  remove.mockRestore()
  await logs.append("app", { n: 5 })
  expect(await numbers(logs)).toEqual([4, 5])
})
