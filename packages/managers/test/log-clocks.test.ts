import { readdirSync, renameSync, utimesSync } from "node:fs"
import { utimes } from "node:fs/promises"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>()
  return { ...real, utimes: vi.fn(real.utimes) }
})

/** Leaves the only file of the log as a process does that is killed. @returns Its path. */
function leave(directory: string): string {
  const folder = join(directory, "logs/app")
  const [file = ""] = readdirSync(folder)
  const [id, writer = ""] = file.split(".")
  // Another start of the same process number.
  const start = writer.slice(16).replace(/./g, (digit) => (digit === "1" ? "2" : "1"))
  const path = join(folder, `${id}.${writer.slice(0, 16)}${start}.open.ndjson`)
  renameSync(join(folder, file), path)
  return path
}

test("a log keeps its order behind a file that two were killed with, of which the first had a clock that was ahead", async () => {
  const directory = temporaryDirectory()
  const source = { directory, rotation: { maxSize: 150 } }
  let now = Date.now()
  await using first = new LogManager({ ...source, clock: () => now })
  await first.append("app", { n: 0 })
  now += 60_000
  await first.append("app", { n: 1 })
  utimesSync(leave(directory), new Date(now), new Date(now))
  await using second = new LogManager(source)
  await second.append("app", { n: 2 })
  leave(directory)
  await using logs = new LogManager(source)
  for (let n = 3; n < 12; n++) await logs.append("app", { n })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual(
    Array.from({ length: 12 }, (_, n) => n),
  )
})

test("what is appended after a clock was set back is there, also in a file whose time cannot be set", async () => {
  let now = Date.now()
  const logs = new LogManager({ directory: temporaryDirectory(), clock: () => now })
  await logs.append("app", { n: 0 })
  now -= 60_000
  // As for a file that another user began.
  const refused = Object.assign(new Error("not permitted"), { code: "EPERM" })
  vi.mocked(utimes).mockRejectedValue(refused)
  try {
    await logs.append("app", { n: 1 })
    expect(utimes).toHaveBeenCalled()
    expect((await logs.read("app")).map(({ n }) => n)).toEqual([0, 1])
    await logs.close()
  } finally {
    vi.mocked(utimes).mockReset()
  }
})

test("what several programs begin in one millisecond is read in the order that it was written in", async () => {
  const now = Date.now()
  const source = { directory: temporaryDirectory(), clock: () => now } as const
  const rotation = { maxSize: 1, compress: false }
  for (let n = 0; n < 10; n++) {
    await using logs = new LogManager({ ...source, rotation })
    await logs.append("app", { n })
  }
  await using reader = new LogManager(source)
  expect((await reader.read("app")).map(({ n }) => n)).toEqual(
    Array.from({ length: 10 }, (_, n) => n),
  )
})

test.each(["a new log", "one that was replaced"])(
  "what programs that began in one millisecond write later is read in the order of its times, in %s",
  async (kind) => {
    let now = Date.now()
    const source = { directory: temporaryDirectory(), clock: () => now } as const
    const programs = Array.from({ length: 4 }, () => new LogManager(source))
    const entries = Array.from({ length: 12 }, (_, n) => ({ n }))
    if (kind !== "a new log") await programs[0]!.saveLog("app", [])
    for (const entry of entries.slice(0, 4)) await programs[entry.n]!.append("app", entry)
    for (const entry of entries.slice(4)) {
      now += 1
      await programs[3 - (entry.n % 4)]!.append("app", entry)
    }
    expect((await programs[0]!.read("app")).map(({ n }) => n)).toEqual(entries.map(({ n }) => n))
    for (const program of programs) await program.close()
  },
)

test.each([30_000, 365 * 86_400_000])(
  "keepFiles leaves what was written last, though files of a clock that was %i ms ahead are there",
  async (ahead) => {
    const directory = temporaryDirectory()
    const rotation = { maxSize: 1, keepFiles: 3, compress: false }
    let now = Date.now() + ahead
    const source = { directory, rotation, clock: () => now } as const
    await using before = new LogManager(source)
    for (let n = 0; n < 5; n++) await before.append("app", { n })
    await before.close()
    now -= ahead
    await using logs = new LogManager(source)
    for (let n = 5; n < 10; n++) await logs.append("app", { n })
    await logs.close()
    await using reader = new LogManager(source)
    const left = (await reader.read("app")).map(({ n }) => n)
    expect(left).toHaveLength(3)
    expect(left).toEqual(ahead > 60_000 ? [7, 8, 9] : expect.arrayContaining([9]))
  },
)
