import { PersistError } from "@persist/core"
import type { DatabaseSettings } from "../options.ts"
import type { Engine } from "./engine.ts"
import type { SqliteDatabase } from "./sqlite/sqlite-database.ts"
import { SqliteEngine } from "./sqlite/sqlite-engine.ts"

/** Makes the engine that the settings name; nothing is opened yet. */
export function openEngine(settings: DatabaseSettings): Engine {
  if (settings.engine === "sqlite") {
    const client = settings.client as SqliteDatabase | undefined
    return new SqliteEngine({ ...settings, filename: client?.name ?? settings.address, client })
  }
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `${settings.engine} is not supported yet; use SQLite.`,
  )
}
