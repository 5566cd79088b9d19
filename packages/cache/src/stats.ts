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
  /** Entries held now; expired ones are among them until they are noticed. */
  readonly size: number
  /** Total weight of the entries held now; 0 without weights. */
  readonly weight: number
}
