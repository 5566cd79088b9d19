import { readdirSync, renameSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

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
