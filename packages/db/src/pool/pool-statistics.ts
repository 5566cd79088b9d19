/** A look at a pool of connections. */
export interface PoolStatistics {
  /** Open connections. */
  readonly open: number
  /** Connections in use. */
  readonly used: number
  /** Callers waiting for one. */
  readonly waiting: number
  /** Most connections there may be. */
  readonly limit: number
  /** Who holds the connections in use, longest first. */
  readonly holders: readonly string[]
}
