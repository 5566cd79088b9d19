import { type Lease, type LeaseOptions, withLease } from "@persist/core"
import type { Engine } from "../engines/engine.ts"
import { leaseInSession } from "../errors/session-error.ts"
import type { Sessions } from "../session/sessions.ts"
import { DatabaseAccess } from "../storage/database-access.ts"
import { TableLeaseStore } from "./table-lease-store.ts"

/** The leases of one database. */
export class Leases {
  readonly #sessions: Sessions
  readonly #store: TableLeaseStore

  /** @param acquireTimeout Milliseconds to wait for a connection. */
  constructor(engine: Engine, sessions: Sessions, acquireTimeout: number) {
    this.#sessions = sessions
    const access = new DatabaseAccess(engine, sessions, { isAwaited: false })
    this.#store = new TableLeaseStore(engine.name, access, acquireTimeout)
  }

  /** @throws `ERR_PERSIST_SESSION` inside a session, and what `withLease` throws. */
  async hold<T>(
    name: string,
    work: (lease: Lease) => Promise<T> | T,
    options: LeaseOptions | undefined,
  ): Promise<T> {
    if (this.#sessions.current !== undefined) throw leaseInSession(name)
    return withLease(this.#store, name, work, options)
  }
}
