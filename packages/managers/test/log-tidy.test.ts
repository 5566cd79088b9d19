import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { FileStorage } from "@persist/file"
import { describe, expect, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { parseSegment } from "../src/logs/segment-name.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const directoryOf = (logs: LogManager) => (logs.storage as FileStorage).directory
const day = 86_400_000
const numbers = async (logs: LogManager) =>
  (await logs.read("app")).map((entry) => entry.n as number)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe("LogManager retention", () => {
  test("keeps the fresh entries of a file that was begun long ago", async () => {
    let now = Date.UTC(2026, 0, 1)
    const rotation = { maxSize: 200, keepFor: "7d", compress: true } as const
    const logs = new LogManager({ directory: temporaryDirectory(), clock: () => now, rotation })
    await logs.append("app", { n: 0 })
    now += 30 * day
    await logs.append("app", { n: 1, text: "x".repeat(300) })
    await logs.append("app", { n: 2 })
    await logs.close()
    await using again = new LogManager({ directory: directoryOf(logs), clock: () => now })
    expect(await numbers(again)).toEqual([0, 1, 2])
  })

  test("removes what is too old, also what was never sealed, at the first append", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2026, 0, 1)
    const clock = () => now
    const rotation = { keepFor: "7d" } as const
    const two = [0, 1].map(() => new LogManager({ directory, clock, rotation }))
    for (const [n, logs] of two.entries()) await logs.append("app", { n })
    for (const logs of two) await logs.close()
    now += 8 * day
    const logs = new LogManager({ directory, clock, rotation })
    await logs.append("app", { n: 2 })
    await logs.close()
    await using again = new LogManager({ directory, clock })
    // One of the two old files was taken over, and is fresh again.
    expect(await numbers(again)).toHaveLength(2)
  })

  test("counts the age of a file over the processes that wrote it", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2026, 0, 1)
    for (let n = 0; n < 4; n++) {
      const logs = new LogManager({ directory, clock: () => now, rotation: { maxAge: "1d" } })
      await logs.append("app", { n })
      await logs.close()
      now += 1.1 * day
    }
    const files = readdirSync(join(directory, "logs/app"))
    expect(files.filter((file) => file.includes(".sealed."))).toHaveLength(2)
  })

  test("counts the age of a file from a clock that was set back, too", async () => {
    const directory = temporaryDirectory()
    let now = Date.UTC(2030, 0, 1)
    const rotation = { maxAge: 1000, compress: false }
    await using logs = new LogManager({ directory, rotation, clock: () => now })
    const states = () =>
      readdirSync(join(directory, "logs/app")).map((file) => parseSegment(file)?.state)
    await logs.append("app", { n: 0 })
    now -= day
    await logs.append("app", { n: 1 })
    now += 999
    await logs.append("app", { n: 2 })
    expect(states()).toEqual(["open"])
    now += 1
    await logs.append("app", { n: 3 })
    await logs.close()
    expect(states()).toEqual(["sealed"])
  })

  test("finishes what a process left that was killed while it compressed", async () => {
    const directory = temporaryDirectory()
    const folder = join(directory, "logs/app")
    const rotation = { maxSize: 100, compress: false }
    const before = new LogManager({ directory, rotation })
    for (let n = 0; n < 8; n++) await before.append("app", { n })
    await before.close()
    const [sealed] = readdirSync(folder).filter((file) => file.includes(".sealed."))
    const half = join(folder, `${sealed}.half.tmp`)
    writeFileSync(half, "half")
    utimesSync(half, new Date(0), new Date(0))
    // Somebody is at it just now.
    const fresh = join(folder, `${sealed}.fresh.tmp`)
    writeFileSync(fresh, "half")
    const after = new LogManager({ directory })
    await after.append("app", { n: 8 })
    await after.close()
    const files = readdirSync(folder)
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([basename(fresh)])
    expect(files.filter((file) => /\.sealed\.ndjson$/.test(file))).toEqual([])
    await using again = new LogManager({ directory })
    expect(await numbers(again)).toEqual(upTo(9))
  })

  test("brings nothing back that saveLog replaced, when it removes what took its place", async () => {
    const directory = temporaryDirectory()
    const folder = join(directory, "logs/app")
    const before = new LogManager({ directory })
    await before.append("app", { n: 0 })
    await before.close()
    const [file] = readdirSync(folder)
    const text = readFileSync(join(folder, file!))
    await using logs = new LogManager({ directory, rotation: { maxSize: 1, keepFiles: 0 } })
    await logs.saveLog("app", [{ n: 1 }])
    // As if it had been killed before it had removed this.
    writeFileSync(join(folder, file!), text)
    await logs.append("app", { n: 2 })
    await logs.close()
    await using after = new LogManager({ directory })
    expect(await numbers(after)).toEqual([])
  })
})

describe("LogManager.entries", () => {
  test("brings nothing back that saveLog replaced, though it was killed before it had removed all", async () => {
    const directory = temporaryDirectory()
    const rotation = { maxSize: 100, keepFiles: 2, compress: false }
    await using logs = new LogManager({ directory, durability: "none", rotation })
    await logs.append("app", { n: -1, text: "x".repeat(100) })
    await logs.append("app", { n: -2 })
    await vi.waitFor(() => expect(readdirSync(join(directory, "logs/app"))).toHaveLength(2), 60_000)
    const old = readdirSync(join(directory, "logs/app")).find((file) => file.includes("sealed"))!
    await logs.saveLog("app", [{ n: 0 }])
    await logs.close()
    writeFileSync(join(directory, "logs/app", old), '{"n":-1}\n')
    await using other = new LogManager({ directory, durability: "none", rotation })
    for (const n of [1, 2, 3, 4, 5]) await other.append("app", { n, text: "x".repeat(100) })
    await other.close()
    await using again = new LogManager({ directory })
    expect(await numbers(again)).toEqual([4, 5])
    expect(readdirSync(join(directory, "logs/app"))).toHaveLength(2)
  })

  test("replaces what a clock that is ahead has written, and goes on behind it", async () => {
    const directory = temporaryDirectory()
    await using ahead = new LogManager({ directory, clock: () => Date.now() + day })
    await using logs = new LogManager({ directory })
    await ahead.append("app", { n: 0 })
    await logs.saveLog("app", [{ n: 1 }])
    expect(await numbers(logs)).toEqual([1])
    await ahead.saveLog("app", [{ n: 2 }])
    await using late = new LogManager({ directory })
    await Promise.all([logs.append("app", { n: 3 }), late.append("app", { n: 4 })])
    expect((await numbers(logs)).sort()).toEqual([2, 3, 4])
  })

  test("goes on when the file that it reads next is removed", async () => {
    const rotation = { maxSize: 300, keepFiles: 2 }
    await using logs = new LogManager({ directory: temporaryDirectory(), rotation })
    const append = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await logs.append("app", { n, text: "y".repeat(50) })
    }
    await append(0, 40)
    await using reader = new LogManager({ directory: directoryOf(logs) })
    const seen: number[] = []
    for await (const entry of reader.entries("app")) {
      seen.push(entry.n as number)
      if (seen.length > 1) continue
      await append(40, 80)
      await logs.close()
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  test("names the compressed file that is damaged", async () => {
    const directory = temporaryDirectory()
    const logs = new LogManager({ directory, rotation: { maxSize: 300 } })
    for (let n = 0; n < 20; n++) await logs.append("app", { n, text: "y".repeat(50) })
    await logs.close()
    const folder = join(directory, "logs/app")
    const file = readdirSync(folder).find((name) => name.endsWith(".gz"))!
    truncateSync(join(folder, file), 40)
    await using again = new LogManager({ directory })
    await expect(again.read("app")).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
      path: join(folder, file),
    })
  })

  test("reads a line of many megabytes in one pass", async () => {
    await using logs = new LogManager({ directory: temporaryDirectory(), durability: "none" })
    await logs.append("app", [{ n: 0, text: "x".repeat(20_000_000) }, { n: 1 }])
    expect(await numbers(logs)).toEqual([0, 1])
  })
})

describe("LogManager.append", () => {
  test("writes errors with what they say", async () => {
    await using logs = new LogManager({ directory: temporaryDirectory() })
    const error = Object.assign(new TypeError("wrong", { cause: new Error("inner") }), { code: 7 })
    await logs.append("app", { level: "error", error })
    const [entry] = await logs.read("app")
    expect(entry!.error).toMatchObject({ name: "TypeError", message: "wrong", code: 7 })
    expect(entry!.error).toMatchObject({ cause: { message: "inner" } })
    expect((entry!.error as { stack: string }).stack).toContain("log-tidy.test.ts")
  })

  test("writes errors wherever they stand, and one that is its own cause", async () => {
    await using logs = new LogManager({ directory: temporaryDirectory() })
    const own = new Error("own")
    own.cause = own
    const details = { errors: [new RangeError("inner")], same: { n: 1 } }
    await logs.append("app", { details, own })
    expect(details.errors[0]).toBeInstanceOf(RangeError)
    const [entry] = await logs.read("app")
    expect(entry!.details).toMatchObject({
      errors: [{ name: "RangeError", message: "inner", stack: expect.any(String) }],
      same: { n: 1 },
    })
    expect(entry!.own).toMatchObject({ message: "own", cause: { message: "own" } })
  })

  test("refuses what is no object once it is JSON", async () => {
    await using logs = new LogManager({ directory: temporaryDirectory() })
    for (const shown of ["x", undefined, [1]]) {
      const entry = { toJSON: () => shown }
      await expect(logs.append("app", entry)).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
    }
    await logs.append("app", { n: 1 })
    const folder = join(directoryOf(logs), "logs/app")
    expect(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8").split("\n")).toHaveLength(2)
    await expect(logs.read("app", { level: "constructor" })).rejects.toThrow(/level/)
  })
})
