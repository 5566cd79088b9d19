import { PersistError } from "@persist/atomic"
import { abridged } from "../values/path.ts"
import type { Lease } from "./lease.ts"
import type { LeaseStore } from "./lease-store.ts"
import type { LeaseSeams } from "./seams.ts"

/** A lease as it was granted. */
export interface GrantedLease {
  readonly name: string
  readonly nonce: string
  readonly token: number
  /** Milliseconds. */
  readonly ttl: number
  /** When the request was about to be sent, on the holder's clock. */
  readonly sentAt: number
}

/**
 * Until when a lease whose request was sent at `sentAt` is held for sure, as long as the clocks of store and
 * holder drift apart by less than 1 % and 2 ms (the drift of Redlock, redis.io, "Distributed locks").
 */
export function deadlineOf(sentAt: number, ttl: number): number {
  return sentAt + ttl - (ttl / 100 + 2)
}

/** One lease in our hands: renews it by a timer, and knows when it may be gone. */
export class HeldLease implements Lease {
  readonly name: string
  readonly token: number
  readonly #store: LeaseStore
  readonly #nonce: string
  readonly #ttl: number
  readonly #seams: LeaseSeams
  readonly #controller = new AbortController()
  #deadline: number
  #failure: unknown
  #cancelLook: () => void = () => {}
  #cancelRenewal: () => void = () => {}

  constructor(store: LeaseStore, granted: GrantedLease, seams: LeaseSeams) {
    this.#store = store
    this.#seams = seams
    this.name = granted.name
    this.token = granted.token
    this.#nonce = granted.nonce
    this.#ttl = granted.ttl
    this.#deadline = deadlineOf(granted.sentAt, granted.ttl)
    this.#lookLater()
    this.#renewAfter(granted.ttl / 3)
  }

  get signal(): AbortSignal {
    this.#look()
    return this.#controller.signal
  }

  /** Ends the lease, and gives it back to the store; waits for the store as long as it would have lasted. */
  async end(): Promise<void> {
    this.#lose("the work under it has ended")
    const left = this.#deadline - this.#seams.now()
    const released = release(this.#store, this.name, this.#nonce)
    if (left <= 0) return
    const { promise: expired, resolve } = Promise.withResolvers<void>()
    const cancel = this.#seams.timer(left, resolve, true)
    await Promise.race([released, expired])
    cancel()
  }

  /** Compares the clock with the deadline. */
  #look(): void {
    if (this.#controller.signal.aborted || this.#seams.now() < this.#deadline) return
    const why =
      this.#failure === undefined ? "no renewal came through" : "its last renewals have failed"
    this.#lose(`${why} within its time of ${this.#ttl} ms`)
  }

  #lookLater(): void {
    const left = this.#deadline - this.#seams.now()
    const look = () => {
      this.#look()
      if (!this.#controller.signal.aborted) this.#lookLater()
    }
    this.#cancelLook = this.#seams.timer(Math.max(left, 0), look, false)
  }

  #renewAfter(milliseconds: number): void {
    this.#cancelRenewal()
    const renew = () => {
      // Not after this one has settled: its reply may be lost, and the next one's not.
      this.#renewAfter(this.#ttl / 3)
      void this.#renew()
    }
    this.#cancelRenewal = this.#seams.timer(milliseconds, renew, false)
  }

  /** Never rejects: a timer has called it. */
  async #renew(): Promise<void> {
    const sentAt = this.#seams.now()
    let isHeld: boolean
    try {
      isHeld = await this.#store.renew(this.name, this.#nonce, this.#ttl)
    } catch (error) {
      this.#failure = error
      if (!this.signal.aborted) this.#renewAfter(this.#ttl / 10)
      return
    }
    if (this.signal.aborted) return
    if (!isHeld) this.#lose("the store has it as expired, or as somebody else's")
    this.#failure = undefined
    this.#deadline = Math.max(this.#deadline, deadlineOf(sentAt, this.#ttl))
  }

  #lose(why: string): void {
    this.#cancelLook()
    this.#cancelRenewal()
    const { name, token } = this
    this.#controller.abort(
      new PersistError(
        "ERR_PERSIST_LOCK_LOST",
        `The lease "${abridged(name)}" (token ${token}) is no longer held: ${why}. Stop what you do under it; writes with "fence" are refused once its next holder has written.`,
        { details: { name, token }, ...(this.#failure !== undefined && { cause: this.#failure }) },
      ),
    )
  }
}

/** Gives a lease back, once; should that fail, it expires. */
export async function release(store: LeaseStore, name: string, nonce: string): Promise<void> {
  try {
    await store.release(name, nonce)
  } catch {}
}
