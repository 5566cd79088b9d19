import type { Duration } from "../options.ts"

/** What a loader is told, and where it may say how its value is to be stored. */
export interface LoadContext<V> {
  /** Aborted when nobody waits any longer, after the hard timeout, or when the value is overtaken. */
  readonly signal: AbortSignal
  /** The value that is being renewed, if there is one: past its deadline, or any where the load is forced. */
  readonly stale: V | undefined
  /** Set it to override the lifetime. */
  ttl?: Duration | undefined
  /** Set it to override the tags. */
  tags?: readonly string[] | undefined
  /** Set it to override the weight. */
  weight?: number | undefined
  /** Set it to `false` to return the value without storing it. */
  store?: boolean
}

/** Makes the value of a key that is not held. */
export type Loader<K, V> = (key: K, context: LoadContext<V>) => V | PromiseLike<V>

/** Makes the values of many keys at once; keys it leaves out are not stored. */
export type BulkLoader<K, V> = (
  keys: readonly K[],
  context: LoadContext<V>,
) => Iterable<readonly [K, V]> | PromiseLike<Iterable<readonly [K, V]>>
