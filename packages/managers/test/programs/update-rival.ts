// Counts in a state and in a configuration that others count in at the same time.
import { ConfigManager, StateManager } from "@persist/managers"

const [directory, rival, count] = process.argv.slice(2) as [string, string, string]
await using states = new StateManager({ directory })
await using configs = new ConfigManager({ directory, format: "toml" })
for (let n = 1; n <= Number(count); n++) {
  const increment = (state: { n: number }) => ({ n: state.n + 1 })
  await states.updateState("count", increment, { default: { n: 0 }, backup: false })
  await configs.updateConfig("app", { [rival]: n })
}
