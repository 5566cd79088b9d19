/** A synchronous cache under test. */
export interface SyncCache {
  get(key: string): unknown
  set(key: string, value: unknown): unknown
}

/** A cache that loads what it does not hold. */
export type Load = (key: string) => unknown

export interface CacheContender {
  readonly name: string
  /** What it does not do although ours does. */
  readonly lacks?: string
  /** Does this part of the operations in a round. */
  readonly slow?: number
  /** A cache of `size` entries, in the set-up that the cells compare. */
  readonly make?: (size: number) => Promise<SyncCache>
  /** `getOrSet` of a cache of `size` entries whose loader is `(key) => key`. */
  readonly loading?: (size: number) => Promise<Load>
}

const ttl = 3_600_000
const ours = new URL("../../packages/cache/dist/index.js", import.meta.url).href

/** Ours, beside the peers that have no lifetimes. */
export const withoutTtl = "@persist/cache without TTL"

export const contenders: readonly CacheContender[] = [
  {
    name: "@persist/cache",
    async make(maxSize) {
      const { CacheStorage } = await import(ours)
      return new CacheStorage({ maxSize, defaultTtl: ttl })
    },
    async loading(maxSize) {
      const { CacheStorage } = await import(ours)
      const cache = new CacheStorage({ maxSize, defaultTtl: ttl })
      const load = (key: string) => key
      return (key) => cache.getOrSet(key, load)
    },
  },
  {
    name: withoutTtl,
    async make(maxSize) {
      const { CacheStorage } = await import(ours)
      return new CacheStorage({ maxSize, defaultTtl: Infinity })
    },
  },
  {
    name: "lru-cache",
    lacks: "no counters; the clock stands still while the event loop is blocked",
    async make(max) {
      const { LRUCache } = await import("lru-cache")
      return new LRUCache<string, object>({ max, ttl }) as SyncCache
    },
    async loading(max) {
      const { LRUCache } = await import("lru-cache")
      const cache = new LRUCache<string, string>({ max, ttl, fetchMethod: (key) => key })
      return (key) => cache.fetch(key)
    },
  },
  {
    name: "quick-lru",
    lacks: "no counters, holds up to twice the size",
    async make(maxSize) {
      const { default: QuickLRU } = await import("quick-lru")
      return new QuickLRU({ maxSize, maxAge: ttl })
    },
  },
  {
    name: "lru.min",
    lacks: "no lifetimes, no counters",
    async make(max) {
      const { createLRU } = await import("lru.min")
      return createLRU<string, unknown>({ max })
    },
  },
  {
    name: "mnemonist",
    lacks: "no lifetimes, no counters",
    async make(size) {
      const { LRUMap } = await import("mnemonist")
      return new LRUMap<string, unknown>(size)
    },
  },
  {
    name: "@isaacs/ttlcache",
    slow: 100,
    lacks: "no counters; evicts the entry that expires first, not the least recently used",
    async make(max) {
      const { TTLCache } = await import("@isaacs/ttlcache")
      return new TTLCache<string, unknown>({ max, ttl })
    },
  },
  {
    name: "cacheable",
    slow: 25,
    lacks: "its memory store alone",
    async make(lruSize) {
      const { CacheableMemory } = await import("cacheable")
      return new CacheableMemory({ lruSize, ttl, useClone: false })
    },
  },
  {
    name: "bentocache",
    slow: 25,
    async loading(maxItems) {
      const { BentoCache, bentostore } = await import("bentocache")
      const { memoryDriver } = await import("bentocache/drivers/memory")
      const cache = new BentoCache({
        default: "memory",
        stores: {
          memory: bentostore().useL1Layer(memoryDriver({ maxItems, serialize: false })),
        },
      })
      return (key) => cache.getOrSet({ key, ttl, factory: () => key })
    },
  },
  {
    name: "a bare await",
    lacks: "no cache at all: the price of waiting",
    async loading() {
      return (key) => key
    },
  },
  {
    name: "a bare Map, awaited",
    lacks: "no cache: the price of waiting and of finding",
    async loading(size) {
      const values = new Map<string, string>()
      return (key) => {
        const value = values.get(key)
        if (value === undefined && values.size < size) values.set(key, key)
        return value ?? key
      }
    },
  },
]
