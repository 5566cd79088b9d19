/** Counters since the cache was made or `resetStats` was called, and what it holds now. */
export interface CacheStats {
  /** Look-ups that were served. */
  readonly hits: number
  /** Look-ups that found nothing, or nothing fresh. */
  readonly misses: number
  /** hits / (hits + misses); 0 before the first look-up. */
  readonly hitRatio: number
  /** Values stored, replacements included. */
  readonly sets: number
  /** Entries that had to make room. */
  readonly evictions: number
  /** Entries removed because their time was over. */
  readonly expirations: number
  /** Entries held now. */
  readonly size: number
}

/** The counters of a `CacheStorage`. */
export interface CacheStorageStats extends CacheStats {
  /** Total weight of the entries held now; 0 without weights. */
  readonly weight: number
  /** Loads that ended, failed ones included. */
  readonly loads: number
  readonly loadFailures: number
  /** Milliseconds that all loads took together. */
  readonly loadTime: number
  /** Milliseconds per load; 0 before the first. */
  readonly averageLoadTime: number
  /** Misses that were served a value past its deadline, and forced loads for which the value that they were to renew stood in. */
  readonly staleHits: number
  /** Look-ups in the tier that found something. */
  readonly tierHits: number
  readonly tierMisses: number
  /** Reads and writes that the tier refused or did not answer in time. */
  readonly tierErrors: number
}
