import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { openStorage, PersistError, StateManager, type Storage } from "../src/index.ts"
import { type EngineName, Engines } from "./support/servers.ts"

const engines = new Engines()
afterAll(() => engines.stop())

// The URL is the only line that changes.
const names: readonly EngineName[] = ["file", "sqlite", "postgres", "redis"]

describe.each(names)("StateManager over %s", (name) => {
  let url: string | undefined
  beforeEach(async (context) => {
    url = await engines.fresh(name)
    if (url !== undefined) return
    console.warn(`NOT TESTED: StateManager over ${name}. Its server is missing.`)
    expect(process.env.CI, "a server is missing").toBeUndefined()
    context.skip()
  })

  /** A manager, and what it keeps its states in; each storage that is opened is a handle of its own. */
  async function managed<T>(
    work: (states: StateManager, storage: Storage) => Promise<T>,
  ): Promise<T> {
    await using storage = openStorage(url!)
    await using states = new StateManager({ storage })
    return await work(states, storage)
  }

  test("saves, loads, lists, describes and deletes states", async () => {
    await managed(async (states) => {
      await states.saveState("game", { level: 1, name: "Ada" })
      await states.saveState("deep/er", [1, { two: 3 }])
      expect(await states.loadState("game")).toEqual({ level: 1, name: "Ada" })
      expect(await states.loadState("deep/er")).toEqual([1, { two: 3 }])
      expect(await states.loadState("none")).toBeUndefined()
      expect(await states.listStates()).toEqual(["deep/er", "game"])
      expect(await states.stateExists("game")).toBe(true)
      const info = await states.getStateInfo("game")
      expect(info).toMatchObject({ name: "game" })
      expect(await states.deleteState("game")).toBe(true)
      expect(await states.deleteState("game")).toBe(false)
      expect(await states.stateExists("game")).toBe(false)
      expect(await states.listStates()).toEqual(["deep/er"])
    })
  })

  test("finds everything again in the next run", async () => {
    await managed((states) => states.saveState("game", { level: 1 }))
    await managed((states) => states.saveState("game", { level: 2 }))
    await managed(async (states, storage) => {
      expect(await states.loadState("game")).toEqual({ level: 2 })
      expect(await storage.list()).toEqual(["states/game"])
      const [backup] = await storage.backups("states/game")
      expect(backup?.kind).toBe("backup")
    })
  })

  test("loses no update of two handles at once", async () => {
    await managed(async (one) => {
      await managed(async (other) => {
        const increments = Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? one : other).updateState<{ count: number }>("counter", (current) => ({
            count: (current?.count ?? 0) + 1,
          })),
        )
        await Promise.all(increments)
        expect(await one.loadState("counter")).toEqual({ count: 20 })
      })
    })
  })

  test("keeps checkpoints, tells them apart, restores and forks", async () => {
    await managed(async (states) => {
      await states.saveState("game", { level: 1, items: ["lamp"] }, { checkpoint: "start" })
      await states.saveState("game", { level: 2, items: ["lamp", "rope"] }, { checkpoint: true })
      await states.saveState("game", { level: 3, items: [] })
    })
    await managed(async (states) => {
      expect(await states.history("game")).toHaveLength(2)
      expect(await states.loadState("game", { at: "start" })).toEqual({ level: 1, items: ["lamp"] })
      await states.fork("game", "other", { at: "start" })
      await states.restore("game", "start")
      expect(await states.loadState("game")).toEqual({ level: 1, items: ["lamp"] })
      expect(await states.loadState("other")).toEqual({ level: 1, items: ["lamp"] })
      expect(await states.deleteState("game", { history: true })).toBe(true)
      expect(await states.history("game")).toEqual([])
    })
  })

  test("saves a live state by itself", async () => {
    await managed(async (states) => {
      const live = await states.open("session", { initial: { clicks: 0 } })
      for (let count = 0; count < 5; count++) live.update((draft) => ({ clicks: draft.clicks + 1 }))
      await live.close()
      expect(await states.loadState("session")).toEqual({ clicks: 5 })
    })
  })

  test("refuses names that lead out, and what cannot be saved", async () => {
    await managed(async (states) => {
      const wrong = [
        () => states.saveState("../out", 1),
        () => states.saveState("", 1),
        () => states.saveState("lossy", { value: 1n }),
      ]
      for (const call of wrong) {
        await expect(call()).rejects.toSatisfy((error) => PersistError.is(error))
      }
      expect(await states.listStates()).toEqual([])
    })
  })
})
