import type { DatabaseSettings } from "../options.ts"
import type { Engine } from "./engine.ts"
import type { MysqlPool } from "./mysql/mysql-client.ts"
import { mysqlDriver } from "./mysql/mysql-driver.ts"
import type { PgliteClient, PgPool } from "./postgres/pg-client.ts"
import { pgliteDriver } from "./postgres/pglite-driver.ts"
import { postgresDriver } from "./postgres/postgres-driver.ts"
import { ServerEngine } from "./server/server-engine.ts"
import type { SqliteDatabase } from "./sqlite/sqlite-database.ts"
import { SqliteEngine } from "./sqlite/sqlite-engine.ts"

/** Makes the engine that the settings name; nothing is opened, and no driver loaded, yet. */
export function openEngine(settings: DatabaseSettings): Engine {
  const { driver, address, client, acquireTimeout, timeout } = settings
  const openTimeout = Math.min(acquireTimeout, timeout ?? acquireTimeout)
  switch (driver) {
    case "sqlite": {
      const database = client as SqliteDatabase | undefined
      const filename = database?.name ?? address
      return new SqliteEngine({ ...settings, filename, client: database })
    }
    case "postgres":
      return new ServerEngine(
        postgresDriver({ ...settings, openTimeout, client: client as PgPool | undefined }),
        acquireTimeout,
      )
    case "pglite":
      return new ServerEngine(
        pgliteDriver({ address, client: client as PgliteClient | undefined }),
        acquireTimeout,
      )
    case "mysql":
      return new ServerEngine(
        mysqlDriver({ ...settings, openTimeout, client: client as MysqlPool | undefined }),
        acquireTimeout,
      )
  }
}
