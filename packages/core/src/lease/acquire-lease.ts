import { PersistError, type PersistErrorCode } from "@persist/atomic"
import { abortedError, throwIfAborted } from "@persist/atomic/options"
import { whenAborted } from "@persist/atomic/waiting"
import { unlessAborted } from "../unless-aborted.ts"
import { abridged } from "../values/path.ts"
import { deadlineOf, type GrantedLease, HeldLease, release } from "./held-lease.ts"
import type { LeaseGrant, LeaseRefusal, LeaseStore } from "./lease-store.ts"
import type { LeaseSeams } from "./seams.ts"

/** How to wait for a lease. */
export interface AcquireLimits {
  /** Milliseconds. */
  readonly ttl: number
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

// After these it is worth asking again; the nonce makes that harmless.
const passing: readonly PersistErrorCode[] = [
  "ERR_PERSIST_INDETERMINATE",
  "ERR_PERSIST_CONNECTION",
  "ERR_PERSIST_TIMEOUT",
  "ERR_PERSIST_BUSY",
  "ERR_PERSIST_SERIALIZATION",
]
const shortestPause = 16
const longestPause = 512

function isPassing(error: unknown): boolean {
  return (
    passing.some((code) => PersistError.is(error, code)) &&
    (error as PersistError).details?.isLasting !== true
  )
}

/**
 * Asks `store` until it grants the lease, with pauses of random length that double up to half a second, or until
 * the present holder's time is over.
 *
 * @throws `ERR_PERSIST_TIMEOUT`, `ERR_PERSIST_ABORTED`, and what the store throws.
 */
export async function acquireLease(
  store: LeaseStore,
  name: string,
  limits: AcquireLimits,
  seams: LeaseSeams,
): Promise<HeldLease> {
  const { ttl, timeout, signal } = limits
  const what = `Acquiring the lease "${abridged(name)}"`
  const giveUpAt = seams.now() + timeout
  let asking = new Asking(store, name, ttl, seams)
  for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
    throwIfAborted(signal, what)
    let answer: GrantedLease | LeaseRefusal | undefined
    let failure: unknown
    try {
      const asked = asking.ask(signal)
      answer = await (signal ? unlessAborted(asked, signal, what) : asked)
    } catch (error) {
      failure = error
      if (signal?.aborted || !isPassing(error)) {
        asking.abandon()
        throw error
      }
    }
    if (answer !== undefined && "token" in answer) {
      if (seams.now() < deadlineOf(answer.sentAt, ttl)) return new HeldLease(store, answer, seams)
      // The answer took longer than the lease lasts.
      asking.abandon()
      asking = new Asking(store, name, ttl, seams)
      answer = undefined
    }
    const left = giveUpAt - seams.now()
    if (left <= 0) {
      asking.abandon()
      throw failure ?? timeoutError(what, timeout, answer)
    }
    const jittered = pause * (0.5 + seams.random() / 2)
    await wait(
      Math.min(left, jittered, Math.max(1, answer?.heldFor ?? jittered)),
      limits,
      what,
      seams,
    )
  }
}

/** The requests of one acquisition, all with the same nonce. */
class Asking {
  readonly #store: LeaseStore
  readonly #name: string
  readonly #ttl: number
  readonly #seams: LeaseSeams
  readonly #nonce: string
  #isUncertain = false
  #isAbandoned = false
  #last: Promise<unknown> | undefined

  constructor(store: LeaseStore, name: string, ttl: number, seams: LeaseSeams) {
    this.#store = store
    this.#name = name
    this.#ttl = ttl
    this.#seams = seams
    this.#nonce = seams.nonce()
  }

  ask(signal: AbortSignal | undefined): Promise<GrantedLease | LeaseRefusal | undefined> {
    const answer = this.#ask(signal)
    this.#last = answer
    return answer
  }

  async #ask(signal: AbortSignal | undefined): Promise<GrantedLease | LeaseRefusal | undefined> {
    let sentAt = this.#seams.now()
    // Until it is answered, nobody knows whether it was granted.
    const wasUncertain = this.#isUncertain
    this.#isUncertain = true
    const [name, nonce, ttl] = [this.#name, this.#nonce, this.#ttl] as const
    const answer: LeaseGrant | LeaseRefusal = await this.#store.acquire(name, nonce, ttl, signal)
    if ("token" in answer && wasUncertain) {
      // Whether its time began with this request or an earlier one is unknown; with a renewal it is not.
      sentAt = this.#seams.now()
      if (!(await this.#store.renew(name, nonce, ttl))) return undefined
    }
    if (!("token" in answer)) {
      this.#isUncertain = false
      return answer
    }
    return { name, nonce, ttl, token: answer.token, sentAt }
  }

  /** Gives back, once, what may have been granted or still is. */
  abandon(): void {
    if (this.#isAbandoned) return
    this.#isAbandoned = true
    const giveBack = () => {
      if (this.#isUncertain) void release(this.#store, this.#name, this.#nonce)
    }
    this.#last?.then(giveBack, giveBack)
  }
}

function wait(
  milliseconds: number,
  { signal }: AcquireLimits,
  what: string,
  seams: LeaseSeams,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel()
      reject(abortedError(signal!, what))
    }
    const cancel = seams.timer(
      milliseconds,
      () => {
        stop?.()
        resolve()
      },
      true,
    )
    const stop = signal && whenAborted(signal, abort)
  })
}

function timeoutError(
  what: string,
  timeout: number,
  refusal: LeaseRefusal | undefined,
): PersistError {
  const holder = refusal?.holder
  const held = holder === undefined ? "it is held by somebody else" : `it is held by ${holder}`
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${what} took longer than ${timeout} ms: ${held}. Try again later, or raise "timeout".`,
    { details: { ...(refusal && { heldFor: refusal.heldFor }), ...(holder && { holder }) } },
  )
}
