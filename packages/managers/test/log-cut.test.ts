import { appendFileSync, readdirSync, readFileSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import { type FollowedEntry, LogManager } from "../src/index.ts"
import { followLog } from "../src/logs/follow-log.ts"
import { LogFolder } from "../src/logs/log-folder.ts"
import { segmentLines } from "../src/logs/segment-reader.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const patient = { timeout: 60_000 }

test.each([
  ["to nothing", 0, 3],
  ["to nothing, and is longer than it was again", 0, 30],
  ["behind a line", 2, 3],
])("a log is followed from its beginning where a file was cut %s", async (_, left, more) => {
  const directory = temporaryDirectory()
  const append = async (from: number, count: number) => {
    await using logs = new LogManager({ directory, rotation: { compress: false } })
    for (let n = from; n < from + count; n++) await logs.append("app", { n })
  }
  await append(0, 5)
  await using logs = new LogManager({ directory })
  const following = logs.follow("app")
  const next = async () => (await following.next()).value as FollowedEntry
  let last = await next()
  for (let n = 1; n < 5; n++) last = await next()
  const [file] = readdirSync(join(directory, "logs/app"))
  const path = join(directory, "logs/app", file!)
  const lines = readFileSync(path, "utf8").split("\n").slice(0, left)
  truncateSync(
    path,
    lines.reduce((size, line) => size + line.length + 1, 0),
  )
  await append(100, more)
  const there = (await logs.read("app")).map((entry) => entry.n)
  expect(there).toHaveLength(left + more)
  const read = async (entries: () => Promise<FollowedEntry>) => {
    const found: unknown[] = []
    while (found.length < there.length) found.push((await entries()).entry.n)
    return found
  }
  expect(await read(next)).toEqual(there)
  await following.return()
  const again = logs.follow("app", { cursor: last.cursor })
  expect(await read(async () => (await again.next()).value as FollowedEntry)).toEqual(there)
  await again.return()
})

test("a log is followed from its beginning where a file was seen empty, and is as long as before again", async () => {
  const directory = temporaryDirectory()
  await using logs = new LogManager({ directory })
  for (let n = 0; n < 5; n++) await logs.append("app", { n })
  const folder = new LogFolder(join(directory, "logs/app"))
  const path = folder.at(readdirSync(folder.path)[0]!)
  const all = readFileSync(path)
  let start = 0
  const lines = (_: unknown, from: number) => {
    start = from
    return segmentLines(path, false, from)
  }
  const following = followLog(folder, lines, undefined, undefined)
  const next = async () => ((await following.next()).value as FollowedEntry).entry.n
  for (let n = 0; n < 5; n++) expect(await next()).toBe(n)
  const more = next()
  await vi.waitFor(() => expect(start).toBe(all.length), patient)
  truncateSync(path)
  await vi.waitFor(() => expect(start).toBe(0), patient)
  appendFileSync(path, all)
  expect(await more).toBe(0)
  for (let n = 1; n < 5; n++) expect(await next()).toBe(n)
  await following.return()
})
