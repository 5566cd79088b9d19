import type * as fs from "node:fs"
import { appendFileSync, createReadStream, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { type LogEntry, LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>()
  return { ...real, createReadStream: vi.fn(real.createReadStream) }
})

/** A log of one file of `sizes.length` entries, and whether a read goes through all of it. */
async function written(sizes: readonly number[]) {
  const warn = vi.fn()
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory, durability: "none", logger: { warn } })
  onTestFinished(() => logs.close())
  const level = (n: number) => (n % 7 === 0 ? "error" : "info")
  const entry = (size: number, n: number) => ({ n, level: level(n), text: "ü".repeat(size) })
  if (sizes.length > 0) await logs.append("app", sizes.map(entry))
  const reads = vi.mocked(createReadStream)
  const tail = async (options: object) => {
    reads.mockClear()
    const found = (await logs.read("app", options)).map(({ n }: LogEntry) => n)
    return { found, isWhole: reads.mock.calls.length > 0 }
  }
  const folder = join(directory, "logs/app")
  return { logs, warn, tail, file: () => join(folder, readdirSync(folder)[0]!) }
}

test("the last entries are what reading all would end with, from the end of the file where that tells", async () => {
  // Ends of what is read come anywhere: between lines, in them, in a character.
  const { logs, tail } = await written(Array.from({ length: 9_000 }, (_, n) => (n * 37) % 90))
  const all = (await logs.read("app")).map(({ n }) => n)
  const errors = all.filter((n) => (n as number) % 7 === 0)
  for (const count of [1, 2, 3, 100, 300, 5_000, 9_000, 10_000]) {
    const { found, isWhole } = await tail({ tail: count })
    expect(found).toEqual(all.slice(-count))
    expect(isWhole).toBe(count > 5_000)
    const some = await tail({ tail: count, level: "error" })
    expect(some.found).toEqual(errors.slice(-count))
  }
  expect(await tail({ tail: 0 })).toMatchObject({ found: [] })
})

test("a line without its end is none yet, one that is longer than what is read at first is found", async () => {
  const { tail, file } = await written([0, 40_000, 0])
  appendFileSync(file(), '{"n":')
  expect(await tail({ tail: 1 })).toEqual({ found: [2], isWhole: false })
  expect(await tail({ tail: 2 })).toEqual({ found: [1, 2], isWhole: false })
  expect(await tail({ tail: 9 })).toEqual({ found: [0, 1, 2], isWhole: false })
  expect(await tail({ tail: 9, level: "fatal" })).toEqual({ found: [], isWhole: false })
})

test("where a line is damaged, and of a log of several files, all is read", async () => {
  const { logs, tail, file, warn } = await written([0, 0])
  appendFileSync(file(), "half a line\n\n")
  expect(await tail({ tail: 1 })).toEqual({ found: [1], isWhole: true })
  expect(warn).toHaveBeenCalledTimes(1)
  // Begun earlier, and written last.
  writeFileSync(
    join(file(), "..", `${"0".repeat(26)}.sealed.ndjson`),
    '{"n":9,"time":"2999-01-01"}\n',
  )
  expect(await tail({ tail: 1 })).toEqual({ found: [9], isWhole: true })
  await logs.deleteLog("app")
  expect(await tail({ tail: 1 })).toMatchObject({ found: [] })
})
