import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { FileStorage } from "@persist/file"
import { StateManager } from "@persist/managers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { InventoryDatabase } from "../src/inventory-database.ts"
import { type InventoryState, isWhole, stateName } from "../src/inventory-state.ts"

const main = join(import.meta.dirname, "../src/main.ts")
let base: string
let directory: string
const outputs: string[] = []

async function runTour(): Promise<string> {
  const environment = { ...process.env, PERSIST_DIR: base }
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env: environment })
  return stdout
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "persist-quickstart-"))
  directory = join(base, "quickstart")
  outputs.push(await runTour(), await runTour())
})
afterAll(() => rm(base, { recursive: true, force: true }))

describe("the tour, run twice", () => {
  test("says the first time that there is no state, and finds it the second time", () => {
    expect(outputs[0]).toContain("this is the first run")
    expect(outputs[1]).toMatch(/Found it, whole: run 1, save \d+/)
    expect(outputs[1]).toContain("the same as in the earlier run")
  })

  test("answers the question twice with one answer, the second time from the cache", () => {
    const answers = [...outputs[0]!.matchAll(/answer, from (\S+ ?\S*), in .*: (.+)/g)]
    expect(answers.map((answer) => answer[1])).toEqual(["SQLite", "the cache"])
    expect(answers[0]![2]).toBe(answers[1]![2])
    expect(answers[0]![2]).toMatch(/\(\d+\), .*\(\d+\), .*\(\d+\)/)
  })

  test.each([0, 1])("rolls back and survives the kill (run %i)", (run) => {
    expect(outputs[run]).toMatch(/Rolled back \(".*0 rows left.*"\): all [1-9]\d* rows/)
    expect(outputs[run]).toMatch(/Killed while save \d+ was under way/)
    expect(outputs[run]).toContain("The state is whole")
  })

  test("leaves a whole state, its backups and versions, a configuration and the rows", async () => {
    await using storage = new FileStorage({ directory })
    const states = new StateManager({ storage })
    const state = await states.loadState<InventoryState>(stateName)
    expect(state?.runs).toBe(2)
    expect(isWhole(state!)).toBe(true)
    expect((await storage.backups(stateName, { subfolder: "states" })).length).toBeGreaterThan(1)
    const labels = (await states.history(stateName)).map(({ label }) => label)
    expect(labels.sort()).toEqual(["run 1", "run 2"])
    const begin = await states.loadState<InventoryState>(stateName, { at: "run 1" })
    expect(begin?.runs).toBe(1)
    expect(isWhole(begin!)).toBe(true)
    await using database = await InventoryDatabase.open(join(directory, "inventory.db"))
    expect(await database.count()).toBe(state!.packages.length)
    const [first] = await database.mostNeeded(1)
    const needing = state!.packages.filter(({ needs }) => needs.includes(first!.name))
    expect(first!.dependents).toBe(new Set(needing.map(({ name }) => name)).size)
  })
})
