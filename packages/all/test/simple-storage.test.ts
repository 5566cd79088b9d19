import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { SimpleStorage } from "../src/index.ts"

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "persist-all-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

test("SimpleStorage saves, loads and lists JSON, pickles, states and configurations", async () => {
  await using simple = new SimpleStorage({ directory: temporaryDirectory() })
  const graph = { when: new Date(5), tags: new Set(["a"]), self: undefined as unknown }
  graph.self = graph
  await simple.saveJson("one", { a: 1 })
  await simple.savePickle("one", graph)
  await simple.saveState("one", { level: 3 })
  await simple.saveConfig("one", { theme: { dark: true } })
  expect(await simple.loadJson("one")).toEqual({ a: 1 })
  const loaded = await simple.loadPickle<typeof graph>("one")
  expect(loaded).toEqual(graph)
  expect(loaded?.self).toBe(loaded)
  expect(await simple.loadState("one")).toEqual({ level: 3 })
  expect(await simple.updateConfig("one", { theme: { size: 2 } })).toEqual({
    theme: { dark: true, size: 2 },
  })
  expect([
    await simple.listJson(),
    await simple.listPickle(),
    await simple.listStates(),
    await simple.listConfigs(),
  ]).toEqual([["one"], ["one"], ["one"], ["one"]])
  expect(await simple.loadJson("two", { default: 7 })).toBe(7)
  expect(await simple.deleteState("one")).toBe(true)
  expect(await simple.listStates()).toEqual([])
})

test("SimpleStorage reads what the Python original wrote, and writes what it reads", async () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, "states"))
  const path = join(directory, "states/game1.json")
  writeFileSync(path, '{"level": 3, "_saved_at": "2024-05-01T12:00:00", "_name": "game1"}')
  await using simple = new SimpleStorage({ directory })
  expect(await simple.loadState("game1")).toEqual({ level: 3 })
  await simple.saveState("game1", { level: 4 })
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ level: 4, _name: "game1" })
})

test("SimpleStorage saves its live states when it is closed", async () => {
  const directory = temporaryDirectory()
  {
    await using simple = new SimpleStorage({ directory })
    const live = await simple.states.open("game1", { initial: { level: 3 } })
    live.update((draft) => void draft.level++)
  }
  await using simple = new SimpleStorage({ directory })
  expect(await simple.loadState("game1")).toEqual({ level: 4 })
})

test.each([null, 5, "data", [], true, { direktory: "data" }, { classes: null }, { logger: 1 }])(
  "SimpleStorage refuses %j as its options",
  (options) => {
    expect(() => new SimpleStorage(options as object)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  },
)
