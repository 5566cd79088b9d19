import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { describe, expect, test } from "vitest"
import { type StateInfo, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

describe("StateManager", () => {
  test("saves metadata beside the data and loads the data without it", async () => {
    const directory = temporaryDirectory()
    await using states = new StateManager({ directory, clock: () => Date.UTC(2026, 0, 2) })
    await states.saveState("game1", { level: 3, items: ["key"] })
    const written = JSON.parse(readFileSync(join(directory, "states/game1.json"), "utf8"))
    expect(written).toEqual({
      level: 3,
      items: ["key"],
      _saved_at: "2026-01-02T00:00:00.000Z",
      _name: "game1",
    })
    expect(await states.loadState("game1")).toEqual({ level: 3, items: ["key"] })
  })

  test("loads what the Python original wrote, and knows its time", async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, "states"))
    const path = join(directory, "states/game1.json")
    writeFileSync(path, '{"level": 3, "_saved_at": "2024-05-01T12:00:00", "_name": "game1"}')
    utimesSync(path, 1, 1)
    await using states = new StateManager({ directory })
    expect(await states.loadState("game1")).toEqual({ level: 3 })
    const info = await states.getStateInfo("game1")
    expect(info).toMatchObject({ name: "game1", savedAt: new Date("2024-05-01T12:00:00") })
    expect(await states.listStates()).toEqual(["game1"])
  })

  test("keeps the replaced state as a backup", async () => {
    const storage = new FileStorage({ directory: temporaryDirectory() })
    await using states = new StateManager({ storage })
    await states.saveState("game1", { level: 1 })
    await states.saveState("game1", { level: 2 })
    await states.saveState("game1", { level: 3 }, { backup: false })
    const backups = await storage.backups("game1", { subfolder: "states" })
    expect(backups).toHaveLength(1)
    const options = { subfolder: "states", version: backups[0]!.id }
    expect(await storage.load("game1", options)).toMatchObject({ level: 1, _name: "game1" })
    await storage.close()
  })

  test.each([[[1, 2, 3]], ["text"], [7], [null], [{ _name: "mine", _saved_at: 5 }]])(
    "keeps %j as it is",
    async (data) => {
      await using states = new StateManager({ directory: temporaryDirectory() })
      await states.saveState("any", data)
      expect(await states.loadState("any")).toEqual(data)
      expect(await states.getStateInfo("any")).toMatchObject({ name: "any" })
    },
  )

  test("lists, tests and deletes", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    for (const name of ["b", "a", "deep/c"]) await states.saveState(name, {})
    expect(await states.listStates()).toEqual(["a", "b", "deep/c"])
    expect(await states.listStates({ pattern: "?" })).toEqual(["a", "b"])
    const infos: StateInfo[] = []
    for await (const info of states.infos()) infos.push(info)
    expect(infos.map(({ name }) => name).sort()).toEqual(["a", "b", "deep/c"])
    expect(infos[0]!.savedAt).toBeInstanceOf(Date)
    expect(await states.deleteState("a")).toBe(true)
    expect(await states.deleteState("a")).toBe(false)
    expect(await states.stateExists("a")).toBe(false)
    expect(await states.getStateInfo("a")).toBeUndefined()
    expect(await states.loadState("a")).toBeUndefined()
    expect(await states.loadState("a", { default: { level: 0 } })).toEqual({ level: 0 })
  })

  test("updates atomically, and refuses a stale writer", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await states.saveState("count", { n: 0 })
    const before = await states.getStateInfo("count")
    const increment = (current: { n: number }) => ({ n: current.n + 1 })
    const one = () => states.updateState("count", increment, { default: { n: 0 } })
    await Promise.all(Array.from({ length: 20 }, one))
    expect(await states.loadState("count")).toEqual({ n: 20 })
    await expect(
      states.saveState("count", { n: 1 }, { ifRevision: before!.revision }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
  })

  test("refuses wrong names, options and values, and leaves nothing behind", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const cases: [Promise<unknown>, string][] = [
      [states.saveState("../../etc/passwd", {}), "ERR_PERSIST_INVALID_KEY"],
      [states.saveState("", {}), "ERR_PERSIST_INVALID_KEY"],
      [states.saveState("a\0b", {}), "ERR_PERSIST_INVALID_KEY"],
      [states.saveState("a", {}, { bakup: true } as object), "ERR_PERSIST_INVALID_OPTION"],
      [states.saveState("a", { n: 1n }), "ERR_PERSIST_ENCODE"],
    ]
    for (const [promise, code] of cases) await expect(promise).rejects.toMatchObject({ code })
    expect(await states.listStates()).toEqual([])
    const both = { directory: "a", storage: states.storage }
    expect(() => new StateManager(both)).toThrow(/directory/)
  })

  test("leaves a lent storage open, and closes its own", async () => {
    const storage = new FileStorage({ directory: temporaryDirectory() })
    const lent = new StateManager({ storage })
    await lent.close()
    await storage.save("still", "open")
    await storage.close()
    const owner = new StateManager({ directory: temporaryDirectory() })
    await owner.close()
    await expect(owner.saveState("a", {})).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })
})

test("updateState keeps what it replaces unless told otherwise, and deleteState forgets it on request alone", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const backups = () => states.storage.backups("game", { subfolder: "states" })
  await states.saveState("game", { n: 0 })
  await states.updateState("game", () => ({ n: 1 }))
  expect(await backups()).toHaveLength(1)
  await states.updateState("game", () => ({ n: 2 }), { backup: false })
  expect(await backups()).toHaveLength(1)
  await states.deleteState("game")
  expect(await backups()).not.toEqual([])
  await states.saveState("game", { n: 3 })
  await states.deleteState("game", { history: true })
  expect(await backups()).toEqual([])
})

test("a fork of the current state has its version", async () => {
  const directory = temporaryDirectory()
  const migrate = { 2: (old: unknown) => ({ ...(old as object), isMigrated: true }) }
  await using states = new StateManager({ directory, version: 2, migrate })
  await states.saveState("game", { n: 1 })
  expect(await states.fork("game", "other")).toMatchObject({ name: "other", version: 2 })
  expect(await states.loadState("other")).toEqual({ n: 1 })
  expect(await states.history("game")).toMatchObject([{ version: 2, forks: ["other"] }])
})

test("updateState says what is wrong with a change that returned nothing", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await states.saveState("game", { n: 1 })
  for (const checkpoint of [false, true]) {
    const grow = (state: { n: number } | undefined) => void state!.n++
    const updating = states.updateState("game", grow, { checkpoint })
    await expect(updating).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "game" })
    await expect(updating).rejects.toThrow(/"game".*returns the new value/)
  }
  const saving = states.saveState("game", { f: () => 1 }, { checkpoint: true })
  await expect(saving).rejects.toThrow(/"game".*\$\.f is a function/)
  expect(await states.loadState("game")).toEqual({ n: 1 })
})

test("a database in the place of a storage is told how to give one", () => {
  const database = { storage: () => ({}), executeSql: () => {} }
  expect(() => new StateManager({ storage: database as never })).toThrow(
    'storage is an object; allowed: a Storage; one of a database is database.storage("states").',
  )
})
