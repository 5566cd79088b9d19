import type { Duration } from "@persist/atomic/options"

/**
 * A right that at most one holder has at a time, for as long as it is renewed. No lease can promise that a
 * holder who was stopped knows of its loss in time: only a store that checks `token` keeps a late write out.
 */
export interface Lease {
  readonly name: string
  /** Fencing token: pass it as `fence` to every write made under the lease. Rises with every new holder. */
  readonly token: number
  /**
   * Aborts, with `ERR_PERSIST_LOCK_LOST` as its reason, when the lease may no longer be held: at its
   * deadline, counted on the holder's monotonic clock from before the request was sent, minus drift (1 % of
   * the ttl and 2 ms); or when the work has ended. Never revives. Every look at this property compares the
   * clock first, so that it is right after a blocked event loop too.
   */
  readonly signal: AbortSignal
}

/** Options of `withLease`. */
export interface LeaseOptions {
  /** How long the lease outlives its holder's last renewal: 10 ms to 24 days. @default "30s" */
  readonly ttl?: Duration | undefined
  /**
   * Longest wait for another holder; `ERR_PERSIST_TIMEOUT` after it, naming the holder where known;
   * 0 tries once. @default "30s"
   */
  readonly timeout?: Duration | undefined
  /** Ends waiting for the lease with `ERR_PERSIST_ABORTED`; what runs under it is not interrupted. */
  readonly signal?: AbortSignal | undefined
}
