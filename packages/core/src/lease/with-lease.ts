import {
  invalidOption,
  longestTimer,
  optionsCheck,
  PersistError,
  toMilliseconds,
} from "@persist/atomic/options"
import { wholeKey } from "../storage/key.ts"
import { type AcquireLimits, acquireLease } from "./acquire-lease.ts"
import type { Lease, LeaseOptions } from "./lease.ts"
import type { LeaseStore } from "./lease-store.ts"
import { type LeaseSeams, processSeams } from "./seams.ts"

/**
 * Runs `work` while holding the lease `name` of `store`: waits for it, renews it every third of its `ttl`, and
 * gives it back. At most one holder at a time for as long as the store keeps what it acknowledged and clocks drift
 * little; what must hold even then is written with `fence: lease.token`. Waiters are not served in order.
 *
 * @throws `ERR_PERSIST_TIMEOUT` when somebody else held it all the time, `ERR_PERSIST_ABORTED`,
 * `ERR_PERSIST_LOCK_LOST` when it was lost before `work` had ended, `ERR_PERSIST_INVALID_OPTION`,
 * `ERR_PERSIST_INVALID_KEY` for a name that cannot be a key, `ERR_PERSIST_INVALID_ARGUMENT` for work that is no
 * function, what `work` throws and what the store throws.
 */
export function withLease<T>(
  store: LeaseStore,
  name: string,
  work: (lease: Lease) => Promise<T> | T,
  options: LeaseOptions = {},
): Promise<T> {
  return runUnderLease(store, name, work, options, processSeams)
}

/** `withLease` with the clock, the timers and the randomness of a test. */
export async function runUnderLease<T>(
  store: LeaseStore,
  name: string,
  work: (lease: Lease) => Promise<T> | T,
  options: LeaseOptions,
  seams: LeaseSeams,
): Promise<T> {
  const limits = readLimits(options)
  const key = wholeKey(name, undefined)
  if (typeof work !== "function") {
    const message = `withLease of "${key}": the work is of type ${typeof work}; give a function.`
    throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
  }
  const lease = await acquireLease(store, key, limits, seams)
  try {
    const result = await work(lease)
    lease.signal.throwIfAborted()
    return result
  } finally {
    await lease.end()
  }
}

const shortestTtl = 10

const checkNames = optionsCheck<LeaseOptions>("withLease", {
  ttl: true,
  timeout: true,
  signal: true,
})

function readLimits(options: LeaseOptions): AcquireLimits {
  checkNames(options)
  const { ttl: duration = 30_000, timeout = 30_000, signal } = options
  const ttl = toMilliseconds(duration, "withLease: ttl")
  if (!(ttl >= shortestTtl && ttl <= longestTimer)) {
    throw invalidOption("withLease: ttl", duration, `${shortestTtl} ms to 24 days`)
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw invalidOption("withLease: signal", signal, "an AbortSignal")
  }
  return { ttl: Math.ceil(ttl), timeout: toMilliseconds(timeout, "withLease: timeout"), signal }
}
