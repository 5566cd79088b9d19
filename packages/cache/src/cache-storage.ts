import { CoreCache } from "./core-cache.ts"

/** A cache in memory. */
export class CacheStorage<K = string, V = unknown> extends CoreCache<K, V> {}
