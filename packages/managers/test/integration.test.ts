import { FileStorage } from "@persist/file"
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
