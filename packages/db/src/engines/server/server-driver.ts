import type { Dialect } from "kysely"
import type { EngineName, Subscription } from "../engine.ts"
import type { EngineConnection } from "../engine-connection.ts"

/** A connection to a server, which can be ended. */
export interface ServerConnection extends EngineConnection {
  close(): Promise<void>
}

/** What a `ServerEngine` needs of one kind of server. */
export interface ServerDriver {
  readonly name: EngineName
  /** Where the server is, without credentials. */
  readonly location: string
  readonly isPersistent: boolean
  /** Whether connections are those of a pool of the caller's, who uses it too. */
  readonly isLent: boolean
  readonly dialect: Dialect
  /** Most connections at a time. */
  readonly limit: number
  /** @throws `ERR_PERSIST_CONNECTION`, `ERR_PERSIST_MISSING_DRIVER` */
  connect(): Promise<ServerConnection>
  /** Calls `onNotify` for every notification on a channel, and after a loss that may have hidden some. */
  listen?(channel: string, onNotify: () => void): Promise<Subscription>
  /** Releases what belongs to no single connection. */
  close(): Promise<void>
}
