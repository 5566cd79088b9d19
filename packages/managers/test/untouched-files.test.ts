import { execFileSync } from "node:child_process"
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { ConfigManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// As if it had never been edited: same length, and the time as it was, to the nanosecond.
function editInSecret(path: string, edit: (path: string) => void): void {
  execFileSync("touch", ["-r", path, `${path}~`])
  edit(path)
  execFileSync("touch", ["-r", `${path}~`, path])
}

const replaceIn = (path: string) =>
  writeFileSync(path, readFileSync(path, "utf8").replace('"hand": 0', '"hand": 7'))

const hands: Record<string, (path: string, directory: string) => unknown> = {
  "in place": replaceIn,
  "in place, its size and time kept": (path) => editInSecret(path, replaceIn),
  "by another file": (path) => {
    writeFileSync(`${path}~`, '{"hand": 7}')
    renameSync(`${path}~`, path)
  },
  "in another process's stead, by another manager": (_, directory) =>
    new ConfigManager({ directory }).updateConfig("app", { hand: 7 }),
  "by one in another format": (path) => {
    writeFileSync(path.replace(".json", ".yaml"), "hand: 7\n")
    const later = statSync(path).mtimeMs / 1000 + 5
    utimesSync(path.replace(".json", ".yaml"), later, later)
  },
}

describe.each(Object.keys(hands))(
  "what this manager wrote last and somebody changed %s",
  (hand) => {
    test.each([{ hand: 0 }, { hand: 8 }, { other: 2 }])(
      "is read again before %o",
      async (updates) => {
        const directory = temporaryDirectory()
        await using configs = new ConfigManager({ directory })
        await configs.saveConfig("app", { hand: 1, other: 1 })
        await configs.updateConfig("app", { hand: 0 })
        await hands[hand]!(join(directory, "configs/app.json"), directory)
        const expected = { hand: 7, ...updates }
        expect(await configs.updateConfig("app", updates)).toMatchObject(expected)
        expect(await configs.loadConfig("app")).toMatchObject(expected)
      },
    )
  },
)

test("an edit in the moment after a writing is seen by its time of change alone", async () => {
  const directory = temporaryDirectory()
  const path = join(directory, "configs/app.json")
  await using configs = new ConfigManager({ directory })
  await configs.saveConfig("app", { hand: 1, other: 1 })
  for (let round = 0; round < 20; round++) {
    await configs.updateConfig("app", { hand: 0, other: round })
    const { mtimeMs, ctimeMs } = statSync(path)
    const time = (Math.floor(mtimeMs * 1000) + 0.5) / 1e6
    // Once, or on a kernel with coarse times until they go on.
    do {
      replaceIn(path)
      utimesSync(path, time, time)
    } while (statSync(path).ctimeMs === ctimeMs)
    expect(statSync(path).mtimeMs).toBeCloseTo(mtimeMs, 2)
    expect(await configs.updateConfig("app", { other: 100 + round })).toMatchObject({ hand: 7 })
  }
})

test("a configuration that somebody removed is created anew, or missed", async () => {
  const directory = temporaryDirectory()
  await using configs = new ConfigManager({ directory })
  await configs.saveConfig("app", { a: 1, b: 1 })
  rmSync(join(directory, "configs/app.json"))
  const must = { createIfMissing: false }
  await expect(configs.updateConfig("app", { a: 1 }, must)).rejects.toMatchObject({
    code: "ERR_PERSIST_NOT_FOUND",
  })
  expect(await configs.updateConfig("app", { a: 1 })).toEqual({ a: 1 })
})
