import { type LeaseGrant, type LeaseRefusal, type LeaseStore, PersistError } from "@persist/core"
import { longestTimer } from "@persist/core/options"
import type { EngineName } from "../engines/engine.ts"
import type { StoreAccess } from "../storage/store-access.ts"
import { LeasePlans } from "./lease-plans.ts"

/** Milliseconds that a call may take behind waiting for a connection: what kept that from coming is the better error. */
const longestAnswer = 1_000

/** Leases as rows of the table `persist_leases`, on the clock of the database. */
export class TableLeaseStore implements LeaseStore {
  readonly #access: StoreAccess
  readonly #plans: LeasePlans
  readonly #deadline: number
  #preparing: Promise<unknown> | undefined

  /** @param acquireTimeout Milliseconds that a call may wait for a connection; it settles soon after, answered or not. */
  constructor(engine: EngineName, access: StoreAccess, acquireTimeout: number) {
    this.#access = access
    this.#plans = new LeasePlans(engine)
    this.#deadline = Math.min(acquireTimeout + longestAnswer, longestTimer)
  }

  acquire(name: string, nonce: string, ttl: number): Promise<LeaseGrant | LeaseRefusal> {
    return this.#settled(`Acquiring the lease "${name}"`, async () => {
      await this.#prepare()
      const acquire = () => this.#access.transact(() => this.#plans.acquire(name, nonce, ttl))
      const answer = await acquire()
      if (answer !== undefined) return answer
      await this.#access.run(this.#plans.prepare(name))
      return (await acquire())!
    })
  }

  renew(name: string, nonce: string, ttl: number): Promise<boolean> {
    return this.#settled(`Renewing the lease "${name}"`, async () => {
      await this.#prepare()
      const { sql, values } = this.#plans.renew(name, nonce, ttl)
      const { numAffectedRows } = await this.#access.execute(sql, values)
      return numAffectedRows === 1n
    })
  }

  release(name: string, nonce: string): Promise<void> {
    return this.#settled(`Releasing the lease "${name}"`, async () => {
      await this.#prepare()
      const { sql, values } = this.#plans.release(name, nonce)
      await this.#access.execute(sql, values)
    })
  }

  async #prepare(): Promise<void> {
    this.#preparing ??= this.#access.create({ statements: [this.#plans.create] })
    try {
      await this.#preparing
    } catch (error) {
      this.#preparing = undefined
      throw error
    }
  }

  /** What `work` comes to, or an error at the deadline: a server that is stopped answers nobody. */
  async #settled<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(lateError(what, this.#deadline)), this.#deadline)
    try {
      return await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

function lateError(what: string, deadline: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `${what}: the database did not answer within ${deadline} ms, so it may or may not have happened.`,
  )
}
