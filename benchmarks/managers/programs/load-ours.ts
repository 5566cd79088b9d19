// Imports ours and loads a configuration from three layers; prints the nanoseconds that both took together.
import { join } from "node:path"

const [directory] = process.argv.slice(2) as [string]
const start = process.hrtime.bigint()
const { openConfigSync }: typeof import("../../../packages/managers/dist/config.js") = await import(
  new URL("../../../packages/managers/dist/bundle/config.js", import.meta.url).href
)
const config = openConfigSync<{ server?: { port: number } }>({
  defaults: {},
  user: join(directory, "user.json"),
  project: join(directory, "app.config.json"),
})
if (config.value.server?.port !== 80) throw new Error("wrong value")
console.log(Number(process.hrtime.bigint() - start))
