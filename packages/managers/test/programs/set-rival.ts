// Sets a key of its own in a configuration file that others set keys in at the same time.
import { join } from "node:path"
import { ConfigManager, openConfig } from "@persist/managers"

const [directory, way, rival, count] = process.argv.slice(2) as [string, string, string, string]
await using configs = new ConfigManager({ directory, format: "yaml" })
const config =
  way === "open"
    ? await configs.open<Record<string, number>>("app")
    : await openConfig<Record<string, number>>({ project: join(directory, "configs/app.yaml") })
for (let n = 1; n <= Number(count); n++) {
  if (way === "open" && n % 2 === 0) await configs.updateConfig("app", { [rival]: n })
  else await config.set(rival, n)
  await config.set(`${rival}-${n}`, n)
  if (n % 3 === 0) await config.delete(`${rival}-${n}`)
}
