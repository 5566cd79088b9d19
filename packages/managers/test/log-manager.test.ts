import { appendFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { describe, expect, test } from "vitest"
import { LogManager, type LogManagerOptions } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const now = () => Date.UTC(2026, 0, 2)
const entries = [
  { level: "info", message: "one" },
  { level: "error", message: "two", nested: { a: [1] } },
]

describe.each<[string, () => LogManagerOptions]>([
  ["in files", () => ({ directory: temporaryDirectory() })],
])("LogManager %s", (_, source) => {
  test("saves, appends and reads in order", async () => {
    await using logs = new LogManager({ ...source(), clock: now })
    await logs.saveLog("app", entries)
    expect(await logs.read("app")).toEqual(entries)
    await logs.append("app", { level: "warn", message: "three" })
    const all = await logs.read("app")
    expect(all).toHaveLength(3)
    expect(all[2]).toEqual({ time: "2026-01-02T00:00:00.000Z", level: "warn", message: "three" })
    await logs.saveLog("app", [{ message: "new" }])
    expect(await logs.read("app")).toEqual([{ message: "new" }])
    expect(await logs.listLogs()).toEqual(["app"])
    expect(await logs.deleteLog("app")).toBe(true)
    expect(await logs.logExists("app")).toBe(false)
    expect(await logs.read("app")).toEqual([])
  })

  test("selects by level, time and tail", async () => {
    await using logs = new LogManager(source())
    for (let hour = 0; hour < 24; hour++) {
      const level = hour % 2 === 0 ? "debug" : "error"
      await logs.append("app", {
        time: new Date(Date.UTC(2026, 0, 2, hour)).toISOString(),
        level,
        hour,
      })
    }
    const hours = async (options: object) => (await logs.read("app", options)).map((e) => e.hour)
    expect(await hours({ level: "info", tail: 2 })).toEqual([21, 23])
    const from = "2026-01-02T05:00:00Z"
    expect(await hours({ from, to: "2026-01-02T08:00:00Z" })).toEqual([5, 6, 7])
    await expect(logs.read("app", { level: "loud" })).rejects.toThrow(/level/)
  })
})

test("LogManager ends a torn last line, which never swallows the next entry", async () => {
  const directory = temporaryDirectory()
  const first = new LogManager({ directory })
  await first.append("app", { n: 1 })
  await first.close()
  const [file] = readdirSync(join(directory, "logs/app"))
  appendFileSync(join(directory, "logs/app", file!), '{"n":')
  const warnings: string[] = []
  await using second = new LogManager({
    directory,
    logger: { warn: (text) => warnings.push(text) },
  })
  await second.append("app", { n: 2 })
  expect((await second.read("app")).map((entry) => entry.n)).toEqual([1, 2])
  expect(warnings).toHaveLength(1)
  expect(readdirSync(join(directory, "logs/app"))).toHaveLength(1)
})

test("LogManager refuses wrong names and entries", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  for (const name of ["", "..", "a//b", "a\0"]) {
    await expect(logs.append(name, {})).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
  }
  await expect(logs.append("a", { n: 1n })).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
  await expect(logs.append("a", "text" as never)).rejects.toMatchObject({
    code: "ERR_PERSIST_ENCODE",
  })
})

test("two managers append to the same log", async () => {
  const storage = new FileStorage({ directory: temporaryDirectory() })
  await using one = new LogManager({ storage })
  await using two = new LogManager({ storage })
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? one : two).append("app", { n })),
  )
  const numbers = (await one.read("app")).map((entry) => entry.n as number)
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n))
})

test("what the system refuses is told as ERR_PERSIST_IO, by every call", async () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, "logs"), "no folder")
  await using logs = new LogManager({ directory })
  const refused = { code: "ERR_PERSIST_IO" }
  await expect(logs.append("app", { n: 1 })).rejects.toMatchObject(refused)
  await expect(logs.follow("app").next()).rejects.toMatchObject(refused)
  await expect(logs.saveLog("app", [{ n: 1 }])).rejects.toMatchObject(refused)
  expect(await logs.read("app")).toEqual([])
})

// Node's own recursive mkdir never comes back from there.
test.runIf(process.platform === "linux")("says so where no folder can be made", async () => {
  await using logs = new LogManager({ directory: "/proc/persist" })
  await expect(logs.append("app", { message: "one" })).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: expect.objectContaining({ code: "ENOENT" }),
  })
})
