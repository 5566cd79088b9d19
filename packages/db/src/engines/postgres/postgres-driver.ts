import { withoutCredentials } from "../../connection-string.ts"
import { connectionError } from "../server/connection-error.ts"
import { loadDriver } from "../server/load-driver.ts"
import type { ServerConnection, ServerDriver } from "../server/server-driver.ts"
import { listenPostgres } from "./listen.ts"
import type { PgClient, PgModule, PgPool } from "./pg-client.ts"
import { PostgresConnection } from "./postgres-connection.ts"
import { postgresCompiler } from "./postgres-dialect.ts"
import { postgresFault } from "./postgres-fault.ts"

export interface PostgresOptions {
  readonly address: string
  /** A pool of the caller's. */
  readonly client: PgPool | undefined
  readonly connections: number
  readonly statementCache: number
}

/** PostgreSQL through `pg`. */
export function postgresDriver(options: PostgresOptions): ServerDriver {
  const { address, client: pool, connections, statementCache } = options
  const location = pool === undefined ? withoutCredentials(address) : "PostgreSQL (your pool)"
  const load = async (): Promise<PgModule> => {
    const loaded = await loadDriver<{ default: PgModule }>("pg", () => import("pg"))
    return loaded.default
  }
  const open = async (module: PgModule): Promise<PgClient> => {
    if (pool !== undefined) return pool.connect()
    const client = new module.Client({ connectionString: address })
    // Before `connect` has settled, errors also come as events, which would end the program.
    client.on("error", () => {})
    await client.connect()
    return client
  }
  const connect = async (): Promise<ServerConnection> => {
    const module = await load()
    const client = await open(module).catch((cause: unknown) => {
      throw connectionError(location, cause, postgresFault(cause))
    })
    return new PostgresConnection(client, module.types, statementCache, async (processId) => {
      const other = await open(module)
      await other
        .query({ text: "select pg_cancel_backend($1)", values: [processId] })
        .finally(() => (other.release === undefined ? other.end() : other.release()))
    })
  }
  return {
    name: "postgres",
    location,
    isPersistent: true,
    dialect: postgresCompiler(),
    limit: connections,
    connect,
    listen: async (channel, onNotify) => {
      const module = await load()
      return listenPostgres(() => open(module), channel, onNotify)
    },
    close: async () => {},
  }
}
