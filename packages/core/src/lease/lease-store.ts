/**
 * What a backend implements to grant leases: one record per name, never deleted, so that tokens only rise.
 * Every call settles within a deadline of the backend's own.
 */
export interface LeaseStore {
  /**
   * Takes the lease when it is free or expired, decided by the store's clock and atomically.
   *
   * @param nonce Random id of this acquisition. The same nonce gets the same token again for as long as it
   * holds the lease (a repeated request is recognised), and its `ttl` begins anew.
   * @param ttl Milliseconds, a whole number.
   * @throws Of `ERR_PERSIST_CONNECTION`, `_TIMEOUT`, `_BUSY`, `_SERIALIZATION` and `_INDETERMINATE` is asked again
   * until the caller's `timeout`, unless `details.isLasting` is true: the store refuses us, and would again.
   */
  acquire(
    name: string,
    nonce: string,
    ttl: number,
    signal?: AbortSignal,
  ): Promise<LeaseGrant | LeaseRefusal>
  /** Begins the `ttl` anew. False: the lease is somebody else's, or expired, or was released; nothing changes then. */
  renew(name: string, nonce: string, ttl: number): Promise<boolean>
  /** Frees the lease if `nonce` holds it; else nothing happens. */
  release(name: string, nonce: string): Promise<void>
}

/** The lease is the caller's. */
export interface LeaseGrant {
  /** Higher than that of every holder before: a safe integer from 0. */
  readonly token: number
}

/** Somebody else holds the lease. */
export interface LeaseRefusal {
  /** Milliseconds until it expires, if it is not renewed. */
  readonly heldFor: number
  /** Who holds it, for the message of an error. */
  readonly holder?: string | undefined
}
