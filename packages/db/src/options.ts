import type { Durability, Duration, Logger } from "@persist/core"
import { invalidOption, kinds, optionsCheck, toMilliseconds } from "@persist/core/options"
import { type DriverName, readConnectionString } from "./connection-string.ts"
import { waitingTime } from "./waiting-time.ts"

/** Options of `DatabaseStorage`. */
export interface DatabaseOptions {
  /** Where the database is; not needed with `client`. @default "sqlite::memory:" */
  readonly connection?: string | undefined
  /** What kind of database `client` speaks to. */
  readonly engine?: DriverName | undefined
  /**
   * A client of your own instead of a connection string: a better-sqlite3 `Database`, a `pg.Pool`,
   * a PGlite, a mysql2 pool. It stays yours: `close()` leaves it open.
   */
  readonly client?: unknown | undefined
  /**
   * SQLite: what has survived when a commit resolves. `"full"`: a power cut; `"file"`: a crash of the
   * process (a power cut may take the latest commits, never the file's integrity); `"none"`: nothing
   * is promised after a power cut. @default "file"
   */
  readonly durability?: Durability | undefined
  /** SQLite: connections that only read, beside the one that writes. @default 4 */
  readonly readers?: number | undefined
  /** Servers: most connections at a time. @default 10 */
  readonly connections?: number | undefined
  /** SQLite: longest wait for another process that writes, then `ERR_PERSIST_BUSY`. @default "10s" */
  readonly busyTimeout?: Duration | undefined
  /** Longest wait for a free connection, then `ERR_PERSIST_TIMEOUT`. @default "30s" */
  readonly acquireTimeout?: Duration | undefined
  /**
   * Servers: longest time for one statement, and for opening a connection. Then the server is asked to end it; one
   * that is silent loses the connection half of that later, at most five seconds. The error is `ERR_PERSIST_TIMEOUT`,
   * or `ERR_PERSIST_INDETERMINATE` where nobody can know whether a write or a commit has happened. @default none
   */
  readonly timeout?: Duration | undefined
  /** Prepared statements kept per connection; 0 turns them off (some poolers need that). @default 500 */
  readonly statementCache?: number | undefined
  /** Receives what an operator should know, such as a session that was open at `close()`. @default none */
  readonly logger?: Logger | undefined
}

/** The options, checked, with defaults applied. */
export interface DatabaseSettings {
  readonly driver: DriverName
  readonly address: string
  readonly client: unknown
  readonly durability: Durability
  readonly readers: number
  readonly connections: number
  readonly busyTimeout: number
  readonly acquireTimeout: number
  readonly timeout: number | undefined
  readonly statementCache: number
  readonly logger: Logger | undefined
}

const check = optionsCheck<DatabaseOptions>("DatabaseStorage", {
  connection: true,
  engine: true,
  client: true,
  durability: true,
  readers: true,
  connections: true,
  busyTimeout: true,
  acquireTimeout: true,
  timeout: true,
  statementCache: true,
  logger: true,
})

const drivers: readonly unknown[] = ["sqlite", "postgres", "pglite", "mysql"]
const shortestTimeout = 50
const durabilities: readonly unknown[] = ["full", "file", "none"]

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readDatabaseOptions(given: string | DatabaseOptions): DatabaseSettings {
  const options: DatabaseOptions = typeof given === "string" ? { connection: given } : given
  check(options)
  const { client, durability = "file", logger } = options
  if (logger !== undefined && !kinds.logger.test(logger)) {
    throw invalidOption("logger", logger, kinds.logger.allowed)
  }
  if (!durabilities.includes(durability)) {
    throw invalidOption("durability", durability, durabilities.join(", "))
  }
  return Object.freeze({
    ...target(options),
    client,
    durability,
    readers: count(options.readers ?? 4, "readers", 0),
    connections: count(options.connections ?? 10, "connections", 1),
    busyTimeout: toMilliseconds(options.busyTimeout ?? "10s", "busyTimeout"),
    acquireTimeout: waitingTime(options.acquireTimeout ?? "30s", "acquireTimeout"),
    timeout: options.timeout === undefined ? undefined : statementTimeout(options.timeout),
    statementCache: count(options.statementCache ?? 500, "statementCache", 0),
    logger,
  })
}

function target({ client, engine, connection }: DatabaseOptions): {
  readonly driver: DriverName
  readonly address: string
} {
  if (client !== undefined) {
    if (drivers.includes(engine)) return { driver: engine!, address: "(your client)" }
    throw invalidOption("engine", engine, `with "client", one of ${drivers.join(", ")}`)
  }
  const read = readConnectionString(connection ?? "sqlite::memory:")
  if (engine !== undefined && engine !== read.driver) {
    throw invalidOption("engine", engine, `nothing, or "${read.driver}" as in the connection`)
  }
  return read
}

function statementTimeout(given: Duration): number {
  const timeout = waitingTime(given, "timeout")
  if (timeout >= shortestTimeout) return timeout
  throw invalidOption("timeout", given, `${shortestTimeout} ms or more`)
}

function count(value: number, option: string, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw invalidOption(option, value, `whole numbers from ${least}`)
}
