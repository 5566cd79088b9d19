import { withoutCredentials } from "../../connection-string.ts"
import { kyselyLibrary } from "../../sql/kysely-library.ts"
import { aliveAfter } from "../server/alive-after.ts"
import { isSigned64 } from "../server/bind.ts"
import { connectionError } from "../server/connection-error.ts"
import { driverError } from "../server/driver-error.ts"
import type { ServerConnection, ServerDriver } from "../server/server-driver.ts"
import { exactValues } from "./lent-client.ts"
import type { MysqlClient, MysqlModule, MysqlPool } from "./mysql-client.ts"
import { MysqlConnection } from "./mysql-connection.ts"
import { mysqlFault } from "./mysql-fault.ts"

export interface MysqlOptions {
  readonly address: string
  /** A pool of the caller's. */
  readonly client: MysqlPool | undefined
  readonly connections: number
  readonly statementCache: number
  /** Milliseconds that a statement may take. */
  readonly timeout: number | undefined
  /** Milliseconds that opening a connection may take. */
  readonly openTimeout: number
}

// Dates in UTC, strict values, and no mode that would change what a backslash or a quote means.
const session =
  "set session time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

async function loadMysql(): Promise<MysqlModule> {
  try {
    return (await import("mysql2/promise")) as unknown as MysqlModule
  } catch (cause) {
    throw driverError("mysql2", cause)
  }
}

/** As an integer, since MySQL computes with text as with floating-point numbers. */
function integersOf(module: MysqlModule): (value: bigint) => unknown {
  const typed = module.default?.TypedParameter?.BIGINT
  if (typed === undefined) return String
  return (value) => (isSigned64(value) ? typed(value) : typed.unsigned(value))
}

/** MySQL and MariaDB through `mysql2`. */
export function mysqlDriver(options: MysqlOptions): ServerDriver {
  const { address, client: given, connections, statementCache, timeout, openTimeout } = options
  const pool = given?.promise?.() ?? given
  const { MysqlDialect } = kyselyLibrary()
  const isLent = pool !== undefined
  const location = pool === undefined ? withoutCredentials(address) : "MySQL (your pool)"
  const open = async (): Promise<MysqlClient> => {
    if (pool !== undefined) return pool.getConnection()
    const module = await loadMysql()
    return module.createConnection({
      uri: address.replace(/^mariadb:/, "mysql:"),
      charset: "utf8mb4",
      ...exactValues,
      connectTimeout: openTimeout,
      enableKeepAlive: true,
      keepAliveInitialDelay: aliveAfter,
      maxPreparedStatements: Math.max(1, statementCache),
    })
  }
  const cancel = async (threadId: number, isWanted: () => boolean) => {
    const other = await open()
    const release = () => (pool === undefined ? other.destroy() : other.release())
    if (!isWanted()) return release()
    await other.query({ sql: `kill query ${threadId}` }).finally(release)
  }
  const connect = async (): Promise<ServerConnection> => {
    try {
      const client = await open()
      const integer = isLent ? String : integersOf(await loadMysql())
      const connection = new MysqlConnection(client, { isLent, timeout, cancel, integer })
      await connection.prepare(session)
      return connection
    } catch (cause) {
      throw connectionError(location, cause, mysqlFault(cause))
    }
  }
  return {
    name: "mysql",
    location,
    isPersistent: true,
    isLent,
    dialect: new MysqlDialect({ pool: () => Promise.reject(new Error("compiles only")) }),
    limit: connections,
    connect,
    close: async () => {},
  }
}
