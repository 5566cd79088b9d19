import { mkdtempSync } from "node:fs"
import {
  CacheStorage,
  DatabaseStorage,
  FileStorage,
  SimpleStorage,
  StateManager,
} from "@persist/all"

const directory = mkdtempSync("consumer-")
await using storage = new FileStorage({ directory })
await new StateManager({ storage }).saveState("game1", { level: 3 })
if ((await storage.load<{ level: number }>("states/game1"))?.level !== 3)
  throw new Error("No state.")
await using database = new DatabaseStorage("sqlite::memory:")
const { rows } = await database.executeSql<{ two: number }>("SELECT 1 + 1 AS two")
if (rows[0]?.two !== 2) throw new Error("SQLite cannot add.")
if (new CacheStorage<string, number>({ maxSize: 1 }).size !== 0) throw new Error("Not empty.")
if (typeof SimpleStorage !== "function") throw new Error("There is no SimpleStorage.")

// @ts-expect-error A misspelt option.
export const refused = () => new FileStorage({ directoy: directory })
