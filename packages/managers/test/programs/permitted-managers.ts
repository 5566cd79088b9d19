// States, configurations and logs under Node's permission model, which lets nobody sync a file by its number.
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { ConfigManager, LogManager, openConfig, StateManager } from "@persist/managers"

const [directory, durability] = process.argv.slice(2) as [string, "full" | "none"]
await using storage = new FileStorage({ directory, durability })
await using states = new StateManager({ storage })
await states.saveState("game", { level: 1 })
await states.updateState("game", (state: { level: number } | undefined) => ({
  level: (state?.level ?? 0) + 1,
}))
await using configs = new ConfigManager({ storage })
await configs.saveConfig("app", { port: 1 })
await configs.updateConfig("app", { port: 2 })
await using logs = new LogManager({ directory, durability })
await logs.saveLog("whole", [{ n: 1 }])
if (durability !== "none") {
  const config = await openConfig({ project: join(directory, "own.yaml") })
  await config.set("port", 3)
}
