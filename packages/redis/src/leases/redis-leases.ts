import { hostname } from "node:os"
import { type LeaseGrant, type LeaseRefusal, type LeaseStore, storedKey } from "@persist/core"
import { isLasting } from "../errors/connection-errors.ts"
import { isUnlaidReply } from "../errors/write-errors.ts"
import { leaseKey } from "../layout/keyspace.ts"
import type { Script } from "../scripts/script.ts"
import type { Store } from "../store.ts"

const holder = `process ${process.pid} on ${hostname()}`

/** A failure to acquire a lease that would be the same when it is asked for again; the cause says which. */
export class LastingFailure extends Error {}

/** Leases on the server of a storage. Every request is recognised by its nonce, so a lost answer is asked for again. */
export class RedisLeases implements LeaseStore {
  readonly #use: <T>(work: (store: Store) => Promise<T>) => Promise<T>

  /** @param use Runs work on the opened store. */
  constructor(use: <T>(work: (store: Store) => Promise<T>) => Promise<T>) {
    this.#use = use
  }

  async acquire(
    name: string,
    nonce: string,
    ttl: number,
    signal?: AbortSignal,
  ): Promise<LeaseGrant | LeaseRefusal> {
    const milliseconds = String(Math.ceil(ttl))
    const asked = this.#ask("acquire", name, [nonce, milliseconds, holder], signal)
    const answer = await asked.catch((error) => {
      throw isLasting(error) ? new LastingFailure("It was refused.", { cause: error }) : error
    })
    const [isGranted, number, other] = answer as [number, string, string?]
    if (isGranted === 1) return { token: Number(number) }
    return { heldFor: Number(number), holder: other }
  }

  async renew(name: string, nonce: string, ttl: number): Promise<boolean> {
    return (await this.#ask("renew", name, [nonce, String(Math.ceil(ttl))])) === 1
  }

  async release(name: string, nonce: string): Promise<void> {
    await this.#ask("release", name, [nonce])
  }

  #ask(
    operation: "acquire" | "renew" | "release",
    name: string,
    arguments_: readonly string[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.#use(async (store) => {
      const stored = storedKey(name)
      const script: Script = store.scripts[operation]
      const purpose = { operation: `${operation} of the lease`, key: name, signal, isWrite: true }
      for (;;) {
        const shard = store.keyspace.of(stored)
        const all = [...arguments_, store.shards]
        const reply = await store.run(shard, script, [leaseKey(shard, stored)], all, purpose)
        if (!isUnlaidReply(reply)) return reply
        await store.layout.askFor(shard)
      }
    })
  }
}
