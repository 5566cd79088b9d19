import { FileStorage } from "@persist/file"
import { PickleSerializer, YamlSerializer } from "@persist/serializers"
import { expect, test } from "vitest"
import { ConfigManager, LogManager, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test("three managers share one file storage, each in its own folder", async () => {
  await using storage = new FileStorage({ directory: temporaryDirectory() })
  const states = new StateManager({ storage })
  const configs = new ConfigManager({ storage, format: "toml" })
  await using logs = new LogManager({ storage })
  await states.saveState("app", { level: 3 })
  await configs.saveConfig("app", { level: "info" })
  await logs.append("app", { message: "started" })
  expect(await states.loadState("app")).toEqual({ level: 3 })
  expect(await configs.loadConfig("app")).toEqual({ level: "info" })
  expect(await logs.read("app")).toMatchObject([{ message: "started" }])
  expect(await storage.list()).toEqual(["configs/app", "states/app"])
  expect([await states.listStates(), await configs.listConfigs(), await logs.listLogs()]).toEqual([
    ["app"],
    ["app"],
    ["app"],
  ])
})

test("states and configurations over a storage with another serializer", async () => {
  const serializer = new YamlSerializer()
  await using storage = new FileStorage({ directory: temporaryDirectory(), serializer })
  const states = new StateManager({ storage })
  const configs = new ConfigManager({ storage, format: "yaml" })
  await states.saveState("game", { level: 3, when: "now" })
  expect(await states.loadState("game")).toEqual({ level: 3, when: "now" })
  expect((await states.getStateInfo("game"))?.format).toBe(".yaml")
  await configs.saveConfig("app", { server: { port: 1 } })
  await configs.updateConfig("app", { server: { host: "a" } })
  expect(await configs.loadConfig("app")).toEqual({ server: { port: 1, host: "a" } })
  expect(await storage.load("configs/app")).toEqual({ server: { port: 1, host: "a" } })
})

test("checkpoints of data that only a pickle holds", async () => {
  const serializer = new PickleSerializer()
  await using storage = new FileStorage({ directory: temporaryDirectory(), serializer })
  const states = new StateManager({ storage })
  const saved: unknown[] = []
  const text = "long enough to be worth a change instead of a copy ".repeat(20)
  for (let n = 0; n < 5; n++) {
    const data = {
      text,
      when: new Date(n),
      tags: new Map([["n", n]]),
      list: [1n, Number.NaN, -0, undefined],
    }
    saved.push(data)
    await states.saveState("graph", data, { checkpoint: true })
  }
  const cycle: Record<string, unknown> = { name: "loop" }
  cycle.self = cycle
  await states.saveState("graph", [cycle], { checkpoint: true })
  const history = await states.history("graph")
  for (const [index, data] of saved.entries()) {
    expect(await states.loadState("graph", { at: history[index]!.id })).toEqual(data)
  }
  const [loop] = (await states.loadState<[typeof cycle]>("graph"))!
  expect(loop.self).toBe(loop)
})
