import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { DatabaseStorage } from "@persist/db"
import { FileStorage } from "@persist/file"
import { describe, expect, test, vi } from "vitest"
import { LogManager, type LogManagerOptions } from "../src/index.ts"
import { LogText } from "../src/logs/log-text.ts"
import { parseSegment, segmentFile } from "../src/logs/segment-name.ts"
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

test.each([
  ["an error", new Error("because"), "because"],
  ["a string", "because", "because"],
  ["nothing", null, "it threw null"],
])("an entry whose toJSON throws %s is refused with the reason", async (_name, thrown, reason) => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  const toJSON = () => {
    throw thrown
  }
  const appended = logs.append("app", { field: { toJSON } })
  await expect(appended).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", cause: thrown })
  await expect(appended).rejects.toThrow(reason)
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
  expect(await logs.listLogs()).toEqual([])
})

test("says so as ERR_PERSIST_IO where the logs cannot be listed", async () => {
  const directory = temporaryDirectory()
  symlinkSync("logs", join(directory, "logs"))
  await using logs = new LogManager({ directory })
  await expect(logs.listLogs()).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: { code: "ELOOP" },
  })
})

test("lists no folder that is not a log's, such as a copy by hand", async () => {
  const directory = temporaryDirectory()
  await using logs = new LogManager({ directory })
  await logs.append("50 %/app", { n: 1 })
  const [written] = readdirSync(join(directory, "logs"))
  cpSync(join(directory, "logs", written!), join(directory, "logs/50 %"), { recursive: true })
  expect(await logs.listLogs()).toEqual(["50 %/app"])
})

// Node's own recursive mkdir never comes back from there.
test.runIf(process.platform === "linux")("says so where no folder can be made", async () => {
  await using logs = new LogManager({ directory: "/proc/persist" })
  await expect(logs.append("app", { message: "one" })).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: expect.objectContaining({ code: "ENOENT" }),
  })
})

test("reads nothing for a signal that is aborted, not even of an empty log", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  const aborted = { code: "ERR_PERSIST_ABORTED", cause: "enough" }
  const signal = AbortSignal.abort("enough")
  await expect(logs.read("app", { signal })).rejects.toMatchObject(aborted)
  await logs.append("app", entries)
  await expect(logs.read("app", { signal, tail: 1 })).rejects.toMatchObject(aborted)
})

test("closes every log, and the storage, though one log cannot be closed", async () => {
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory })
  await logs.append("first", { n: 1 })
  await logs.append("second", { n: 1 })
  const folder = join(directory, "logs/first")
  const segment = parseSegment(readdirSync(folder)[0]!)!
  mkdirSync(join(folder, segmentFile(segment, "idle"), "in the way"), { recursive: true })
  await expect(logs.close()).rejects.toMatchObject({ code: "ERR_PERSIST_IO", key: "first" })
  const states = readdirSync(join(directory, "logs/second")).map(
    (file) => parseSegment(file)?.state,
  )
  expect(states).toEqual(["idle"])
  await expect(logs.storage.list()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
})

test("close waits for what runs in a database too, which may be closed then", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const storage = database.storage("app")
  const logs = new LogManager({ storage })
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>()
  const order: string[] = []
  const save = storage.save.bind(storage)
  const saves = vi.spyOn(storage, "save").mockImplementation(async (...call) => {
    await mayGoOn
    const entry = await save(...call)
    order.push("saved")
    return entry
  })
  const running = [logs.append("app", { n: 0 }), logs.saveLog("other", [{ n: 1 }])]
  await vi.waitFor(() => expect(saves).toHaveBeenCalledTimes(2), 60_000)
  const closing = logs.close().then(() => order.push("closed"))
  await new Promise(setImmediate)
  goOn()
  await Promise.all([closing, ...running])
  expect(order).toEqual(["saved", "saved", "closed"])
})

test("close waits for the appends that run, and lets go of their files", async () => {
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory })
  const appended = Array.from({ length: 5 }, (_, n) => logs.append("app", { n }))
  await logs.close()
  const [file, ...more] = readdirSync(join(directory, "logs/app"))
  expect(more).toEqual([])
  expect(parseSegment(file!)?.state).toBe("idle")
  await Promise.all(appended)
  await expect(logs.append("app", {})).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
})

test("ends when it is left, though an entry is waited for", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  const following = logs.follow("app")
  const next = following.next()
  expect(await following.return()).toEqual({ done: true, value: undefined })
  expect(await next).toEqual({ done: true, value: undefined })
})

test("leaves out a damaged line where logs are no files, too, and says so", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const storage = await database.storage("values")
  const warnings: string[] = []
  await using logs = new LogManager({ storage, logger: { warn: (text) => warnings.push(text) } })
  await logs.append("app", { n: 1 })
  const [key] = await storage.list({ subfolder: "logs/app" })
  await storage.update<string>(key!, (text) => `${text}\n{"n":\n[1]\n{"n":2}`, {
    subfolder: "logs/app",
    serializer: new LogText(),
  })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual([1, 2])
  expect(warnings).toHaveLength(2)
})

test("writes what comes at once in pieces, since no string may hold all", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory(), durability: "none" })
  const folder = join((logs.storage as FileStorage).directory, "logs/app")
  const text = "x".repeat(1_500_000)
  const sizes: number[] = []
  const appended = Array.from({ length: 20 }, async (_, n) => {
    await logs.append("app", { n, text })
    sizes.push(statSync(join(folder, readdirSync(folder)[0]!)).size)
  })
  await Promise.all(appended)
  expect(sizes[0]).toBeLessThan(20_000_000)
  expect(sizes.at(-1)).toBeGreaterThan(30_000_000)
  const numbers = (await logs.read("app")).map(({ n }) => n)
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test("read refuses a time that is none, by name", async () => {
  const temporal = {
    valueOf() {
      throw new TypeError("use compare")
    },
  }
  await using logs = new LogManager({ directory: temporaryDirectory() })
  for (const option of ["from", "to"]) {
    const unlikely = [true, null, "soon", Number.NaN, 1n, Symbol("now"), () => 0, temporal]
    for (const time of unlikely) {
      await expect(logs.read("app", { [option]: time } as object)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
        message: expect.stringContaining(`${option} is `),
      })
    }
  }
})
