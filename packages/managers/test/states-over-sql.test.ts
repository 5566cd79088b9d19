import { setImmediate as nextTurn } from "node:timers/promises"
import { DatabaseStorage } from "@persist/db"
import { expect, test, vi } from "vitest"
import { ConfigManager, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test("states, their history and live states work the same in a database", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const storage = await database.storage("values")
  await using states = new StateManager({ storage })
  const list: string[] = []
  for (let n = 0; n < 12; n++) {
    list.push(`item ${n} ${"x".repeat(40)}`)
    await states.saveState("a/b", { list }, { checkpoint: n === 5 ? "half" : true })
  }
  expect(await states.listStates()).toEqual(["a/b"])
  expect(await states.history("a/b")).toHaveLength(12)
  expect(await states.loadState("a/b", { at: "half" })).toEqual({ list: list.slice(0, 6) })
  await states.thinHistory("a/b", { last: 2 })
  expect((await states.history("a/b")).map(({ label }) => label)).toEqual([
    "half",
    undefined,
    undefined,
  ])
  await states.restore("a/b", "half")
  await states.fork("a/b", "c", { at: "half" })
  expect(await states.loadState("c")).toEqual({ list: list.slice(0, 6) })
  await using live = await states.open("live", { initial: { n: 0 }, delay: "1h" })
  live.update((draft) => void draft.n++)
  if (storage.supports.sync) live.flushSync()
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 1 })
  const info = await states.getStateInfo("live")
  expect(info).toMatchObject({ name: "live", format: ".json" })
})

test("a live state in SQLite is saved at once though a save of it is on its way", async () => {
  await using database = new DatabaseStorage(`sqlite:${temporaryDirectory()}/a.db`)
  await using states = new StateManager({ storage: await database.storage("values") })
  await using live = await states.open("live", { initial: { n: 0 }, delay: "1h" })
  for (const turn of [() => {}, async () => {}, nextTurn]) {
    live.update((draft) => void draft.n++)
    const saves = [states.saveState("other", { n: 1 }), live.flush()]
    await turn()
    live.update((draft) => void draft.n++)
    live.flushSync()
    expect(states.storage.loadSync("live", { subfolder: "states" })).toMatchObject(live.value)
    await Promise.all(saves)
  }
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 6 })
})

test("flushSync in SQLite overwrites nothing that comes while it recognises a save of its own", async () => {
  await using database = new DatabaseStorage(`sqlite:${temporaryDirectory()}/a.db`)
  const storage = await database.storage("values")
  await using states = new StateManager({ storage })
  const live = await states.open("live", { initial: { n: 0 }, delay: "1h" })
  await live.flush()
  live.update((draft) => void draft.n++)
  const flushing = live.flush()
  storage.saveSync("live", { n: 1 }, { subfolder: "states" })
  live.update((draft) => void draft.n++)
  const load = storage.loadSync.bind(storage)
  vi.spyOn(storage, "loadSync").mockImplementationOnce((...call) => {
    const ours = load(...call)
    storage.saveSync("live", { n: 100 }, { subfolder: "states" })
    return ours
  })
  expect(() => live.flushSync()).toThrow(expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }))
  await Promise.allSettled([flushing])
  expect(await states.loadState("live")).toEqual({ n: 100 })
  await live.reload()
})

test("configurations in a database keep their comments", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const configs = new ConfigManager({ storage: await database.storage("values"), format: "yaml" })
  await configs.saveConfig("app", { server: { port: 1 } })
  await configs.updateConfig("app", { server: { host: "h" } })
  expect(await configs.loadConfig("app")).toEqual({ server: { port: 1, host: "h" } })
  expect(await configs.listConfigs()).toEqual(["app"])
  await expect(configs.open("app")).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
})
