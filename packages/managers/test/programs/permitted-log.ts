// Logs under Node's permission model, which lets nobody sync a file by its number.
import { LogManager } from "@persist/managers"

const [directory] = process.argv.slice(2) as [string]
await using logs = new LogManager({ directory, rotation: { maxSize: 1 }, logger: console })
await logs.append("app", { n: 1 })
await logs.append("app", { n: 2 })
