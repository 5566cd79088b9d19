import { mkdtempSync } from "node:fs"
import { ConfigManager, StateManager } from "@persist/managers"

const directory = mkdtempSync("consumer-")
await using states = new StateManager({ directory })
await states.saveState("game1", { level: 3 })
const state = await states.loadState<{ level: number }>("game1")
if (state?.level !== 3) throw new Error("The state is not there.")

await using configs = new ConfigManager({ directory, format: "toml" })
await configs.updateConfig("app", { server: { port: 80 } })
await configs.updateConfig("app", { server: { host: "::1" } })
const config = await configs.loadConfig("app")
if (JSON.stringify(config) !== '{"server":{"port":80,"host":"::1"}}') throw new Error("Not merged.")

// @ts-expect-error No such format.
const refused = () => new ConfigManager({ directory, format: "ini" })
try {
  refused()
} catch {
  process.exit(0)
}
throw new Error("An unknown format was taken.")
