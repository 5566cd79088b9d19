import { withoutCredentials } from "../../connection-string.ts"
import { aliveAfter } from "../server/alive-after.ts"
import { connectionError } from "../server/connection-error.ts"
import { driverError } from "../server/driver-error.ts"
import { longestGrace } from "../server/link-watch.ts"
import type { ServerConnection, ServerDriver } from "../server/server-driver.ts"
import { hasCancelKey, requestCancel } from "./cancel-request.ts"
import { listenPostgres } from "./listen.ts"
import type { PgClient, PgModule, PgPool } from "./pg-client.ts"
import { PostgresConnection } from "./postgres-connection.ts"
import { postgresCompiler } from "./postgres-dialect.ts"
import { postgresFault } from "./postgres-fault.ts"
import { unfitSettings } from "./text-settings.ts"

export interface PostgresOptions {
  readonly address: string
  /** A pool of the caller's. */
  readonly client: PgPool | undefined
  readonly connections: number
  readonly statementCache: number
  /** Milliseconds that a statement may take. */
  readonly timeout: number | undefined
  /** Milliseconds that opening a connection may take. */
  readonly openTimeout: number
}

/** Milliseconds: given up earlier, a request that is on its way would end what runs when it arrives; `LinkWatch` gives the connection up before. */
const courierTimeout = longestGrace * 2

/** PostgreSQL through `pg`. */
export function postgresDriver(options: PostgresOptions): ServerDriver {
  const { address, client: pool, connections, statementCache, timeout, openTimeout } = options
  const location = pool === undefined ? withoutCredentials(address) : "PostgreSQL (your pool)"
  const load = async (): Promise<PgModule> => {
    try {
      const loaded = (await import("pg")) as unknown as { readonly default: PgModule }
      return loaded.default
    } catch (cause) {
      throw driverError("pg", cause)
    }
  }
  const open = async (
    module: PgModule,
    onClient?: (client: PgClient) => void,
  ): Promise<PgClient> => {
    if (pool !== undefined) return pool.connect()
    const client = new module.Client({
      connectionString: address,
      connectionTimeoutMillis: openTimeout,
      keepAlive: true,
      keepAliveInitialDelayMillis: aliveAfter,
    })
    // Before `connect` has settled, errors also come as events, which would end the program.
    client.on("error", () => {})
    onClient?.(client)
    await client.connect()
    return client
  }
  const unreachable = (cause: unknown): never => {
    throw connectionError(location, cause, postgresFault(cause))
  }
  const connect = async (): Promise<ServerConnection> => {
    const module = await load()
    let unfit: ReadonlySet<string> = new Set()
    const onClient = ({ connection }: PgClient) => {
      unfit = unfitSettings(connection)
    }
    const client = await open(module, onClient).catch(unreachable)
    const { types } = module
    const place = pool === undefined ? { connectionString: address } : pool.options
    const cancel = async (processId: number, isWanted: () => boolean) => {
      if (place !== undefined && hasCancelKey(client)) {
        const courier = new module.Client({ ...place, connectionTimeoutMillis: courierTimeout })
        return requestCancel(courier, client, isWanted)
      }
      const other = await open(module)
      const release = () => (other.release === undefined ? other.end() : other.release())
      if (!isWanted()) return void (await release())
      const asked = other.query({ text: "select pg_cancel_backend($1)", values: [processId] })
      await asked.finally(release)
    }
    const connection = new PostgresConnection(client, { types, statementCache, timeout, cancel })
    for (const sql of [...unfit]) await connection.run(sql, [])
    return connection
  }
  return {
    name: "postgres",
    location,
    isPersistent: true,
    isLent: pool !== undefined,
    dialect: postgresCompiler(),
    limit: connections,
    connect,
    listen: async (channel, onNotify) => {
      const module = await load()
      return listenPostgres(() => open(module), channel, onNotify).catch(unreachable)
    },
    close: async () => {},
  }
}
