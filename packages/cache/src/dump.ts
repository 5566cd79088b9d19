/** One entry outside the cache; plain data, so that it survives JSON when key and value do. Times are milliseconds since the epoch. */
export interface DumpedEntry<K, V> {
  readonly key: K
  readonly value: V
  /** When it expires; left out for never. */
  readonly expiresAt?: number
  /** Until when it may be served stale, where that is later. */
  readonly staleUntil?: number
  /** Milliseconds without a read after which it expires; left out for never. */
  readonly idleTtl?: number
  /** When it was last read or written, where that counts. */
  readonly usedAt?: number
  readonly weight?: number
  readonly tags?: readonly string[]
}
