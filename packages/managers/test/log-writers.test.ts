import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import type { Readable, Writable } from "node:stream"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { canIsolate, container, testIsolation } from "../../../.ci/containers.ts"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const numbers = async (logs: LogManager) =>
  (await logs.read("app")).map((entry) => entry.n as number)
const filesIn = (directory: string, state: string) =>
  readdirSync(join(directory, "logs/app")).filter((file) => file.includes(`.${state}.`))
const twoHoursAgo = () => new Date(Date.now() - 7_200_000)

/** The name of a file that somebody writes, with one part of who it is another: 5 of boot, 4 of space, 7 of number, 6 of start. */
function madeBy(file: string, part: "space" | "start"): string {
  const [id, writer] = file.split(".") as [string, string]
  const [from, to] = part === "space" ? [5, 9] : [16, 22]
  const other = writer.slice(from, to).replace(/./g, (digit) => (digit === "1" ? "2" : "1"))
  return `${id}.${writer.slice(0, from)}${other}${writer.slice(to)}.open.ndjson`
}

/** A folder with the file of one entry, as somebody else left it open. */
async function leftOpen(part: "space" | "start"): Promise<{ directory: string; path: string }> {
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory })
  await logs.append("app", { n: 0 })
  const [own] = filesIn(directory, "open") as [string]
  const path = join(directory, "logs/app", madeBy(own, part))
  renameSync(join(directory, "logs/app", own), path)
  await logs.close()
  return { directory, path }
}

describe("a file of a log that somebody left open", () => {
  test("is taken over when its writer's number is another process's by now", async () => {
    const { directory } = await leftOpen("start")
    await using logs = new LogManager({ directory })
    await logs.append("app", { n: 1 })
    expect(readdirSync(join(directory, "logs/app"))).toHaveLength(1)
    expect(await numbers(logs)).toEqual([0, 1])
  })

  test("stays as it is where its writer cannot be seen, and is read", async () => {
    const { directory } = await leftOpen("space")
    await using logs = new LogManager({ directory, rotation: { keepFor: "1d" } })
    await logs.append("app", { n: 1 })
    expect(filesIn(directory, "open")).toHaveLength(2)
    expect(await numbers(logs)).toEqual([0, 1])
  })

  test("is sealed, and counts for retention, when nobody wrote it for an hour", async () => {
    const { directory, path } = await leftOpen("space")
    utimesSync(path, twoHoursAgo(), twoHoursAgo())
    const logs = new LogManager({ directory })
    await logs.append("app", { n: 1 })
    await logs.close()
    expect(filesIn(directory, "open")).toEqual([])
    expect(filesIn(directory, "sealed")).toHaveLength(1)
    await using later = new LogManager({ directory, rotation: { keepFor: "1h" } })
    await later.append("app", { n: 2 })
    await later.close()
    await using again = new LogManager({ directory })
    expect(await numbers(again)).toEqual([1, 2])
  })

  test("bears the name of old: is taken over from a process that is gone, and from no other", async () => {
    const directory = temporaryDirectory()
    await using logs = new LogManager({ directory })
    await logs.append("app", { n: 3 })
    const [own] = filesIn(directory, "open") as [string]
    const gone = spawnSync("true").pid
    const host = hostname().replace(/[^A-Za-z0-9-]/g, "-")
    for (const [n, writer] of [`${host}~${gone}`, `${host}~1`, `elsewhere~${gone}`].entries()) {
      const path = join(directory, "logs/app", `${n + 1}${own.slice(1, 26)}.${writer}.open.ndjson`)
      writeFileSync(path, `{"n":${n}}\n`)
      utimesSync(path, twoHoursAgo(), twoHoursAgo())
    }
    for (const n of [4, 5]) {
      const other = new LogManager({ directory })
      await other.append("app", { n })
      await other.close()
    }
    expect(filesIn(directory, "open").filter((file) => file.includes("~"))).toHaveLength(2)
    expect(filesIn(directory, "idle")).toHaveLength(1)
    expect((await numbers(logs)).sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test("bears the name of old and our number: is taken over when it is from before this process", async () => {
    const directory = temporaryDirectory()
    const host = hostname().replace(/[^A-Za-z0-9-]/g, "-")
    await using logs = new LogManager({ directory })
    await logs.append("app", { n: 0 })
    const [own] = filesIn(directory, "open") as [string]
    const old = `1${own.slice(1, 26)}.${host}~${process.pid}.open.ndjson`
    writeFileSync(join(directory, "logs/app", old), '{"n":-1}\n{"n":')
    await using early = new LogManager({ directory })
    await early.append("app", { n: 1 })
    expect(filesIn(directory, "open")).toContain(old)
    vi.spyOn(performance, "timeOrigin", "get").mockReturnValue(Date.now() + 1_000)
    onTestFinished(() => void vi.restoreAllMocks())
    await using late = new LogManager({ directory })
    await late.append("app", { n: 2 })
    expect(filesIn(directory, "open")).toHaveLength(3)
    expect(filesIn(directory, "open")).not.toContain(old)
    expect((await numbers(logs)).sort()).toEqual([-1, 0, 1, 2])
  })
})

describe("a writer whose file somebody elsewhere has sealed", () => {
  const sealElsewhere = (directory: string) => {
    const [own] = filesIn(directory, "open") as [string]
    const sealed = `${own.split(".")[0]}.sealed.ndjson`
    renameSync(join(directory, "logs/app", own), join(directory, "logs/app", sealed))
  }

  test("goes on in a new one after a silence, and nothing is lost or there twice", async () => {
    const directory = temporaryDirectory()
    await using logs = new LogManager({ directory })
    await logs.append("app", { n: 0 })
    sealElsewhere(directory)
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 7_200_000)
    onTestFinished(() => void vi.restoreAllMocks())
    await logs.append("app", { n: 1 })
    await logs.append("app", { n: 2 })
    expect(filesIn(directory, "open")).toHaveLength(1)
    expect(await numbers(logs)).toEqual([0, 1, 2])
  })

  test("promises nothing that is in the sealed one alone, though it was writing just now", async () => {
    const directory = temporaryDirectory()
    await using logs = new LogManager({ directory })
    await logs.append("app", { n: 0 })
    sealElsewhere(directory)
    await logs.append("app", { n: 1 })
    const [own] = filesIn(directory, "open") as [string]
    expect(readFileSync(join(directory, "logs/app", own), "utf8")).toContain('"n":1}\n')
    expect(new Set(await numbers(logs))).toEqual(new Set([0, 1]))
  })
})

const program = join(import.meta.dirname, "programs/container-log.ts")

type Contained = ChildProcessByStdio<Writable, Readable, null>

function contained(directory: string): Contained {
  const args = [...container.slice(1), process.execPath, program, directory]
  const child = spawn(container[0]!, args, { stdio: ["pipe", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

async function append(child: Contained, n: number): Promise<void> {
  child.stdin.write(`{"n":${n}}\n`)
  expect(String(await once(child.stdout, "data"))).toBe(`{"n":${n}}\n`)
}

async function end(child: Contained): Promise<void> {
  child.stdin.end()
  expect(await once(child, "exit")).toEqual([0, null])
}

describe("two containers of one host name that share a log", () => {
  testIsolation()

  test.runIf(canIsolate)(
    "do not take each other's files, though both processes are number 1",
    async () => {
      const directory = temporaryDirectory()
      const one = contained(directory)
      await append(one, 0)
      const late = contained(directory)
      await append(late, 1)
      expect(filesIn(directory, "open")).toHaveLength(2)
      await append(one, 2)
      await end(late)
      await end(one)
      await using logs = new LogManager({ directory })
      expect((await numbers(logs)).sort()).toEqual([0, 1, 2])
    },
    60_000,
  )

  test.runIf(canIsolate)(
    "seal what was not written for an hour, and its writer loses nothing",
    async () => {
      const directory = temporaryDirectory()
      const one = contained(directory)
      await append(one, 0)
      const [file] = filesIn(directory, "open") as [string]
      utimesSync(join(directory, "logs/app", file), twoHoursAgo(), twoHoursAgo())
      const logs = new LogManager({ directory })
      await logs.append("app", { n: 1 })
      await logs.close()
      expect(filesIn(directory, "sealed")).toEqual([`${file.split(".")[0]}.sealed.ndjson.gz`])
      await append(one, 2)
      await append(one, 3)
      await end(one)
      await using again = new LogManager({ directory })
      expect(await numbers(again)).toEqual([0, 1, 2, 3])
    },
    60_000,
  )
})
