// Logs under Node's permission model, which lets nobody sync a file by its number.
import { LogManager } from "@persist/managers"

const [directory, durability] = process.argv.slice(2) as [string, "full" | "none"]
await using logs = new LogManager({
  directory,
  durability,
  rotation: { maxSize: 1, compress: durability !== "none" },
  logger: console,
})
await logs.append("app", { n: 1 })
await logs.append("app", { n: 2 })
