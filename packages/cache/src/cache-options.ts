import type { Clock } from "./engine/clock.ts"
import type { RemovalListener } from "./engine/removals.ts"
import { checkFunction, type Duration, invalidOption, toMilliseconds } from "./options.ts"
import type { PolicyFactory } from "./policies/policy.ts"

/** The most entries a cache can hold: past it, a `Map` with steady eviction reaches its limit in V8. */
export const mostEntries = 8_388_608

/** Options of `CoreCache`. */
export interface CoreCacheOptions<K, V> {
  /** Most entries, from 1 to 8,388,608; `Infinity` means that most. @default 1000 */
  readonly maxSize?: number
  /** Most total weight. @default Infinity */
  readonly maxWeight?: number
  /** Weight of an entry that is set without one: an integer from 0. @default () => 1 */
  readonly weigh?: (value: V, key: K) => number
  /** Lifetime of entries that are set without one, in milliseconds or as `"5m"`; `Infinity` for ever. @default "5m" */
  readonly defaultTtl?: Duration
  /** Time without a read or write after which an entry expires. @default Infinity */
  readonly idleTtl?: Duration
  /** Lifetime of an entry that is set without one, instead of `defaultTtl`. @default none */
  readonly expiry?: (value: V, key: K) => Duration
  /** Milliseconds that never go back; exact at every call. A function alone starts no timer. @default performance.now */
  readonly clock?: (() => number) | Clock
  /** Which entry goes when there is no room. @default lru */
  readonly policy?: PolicyFactory
  /** Hears of every value that leaves, after the operation that removed it. @default none */
  readonly onRemoval?: RemovalListener<K, V>
  /** Hears of errors that fail no call, such as those of `onRemoval`. @default they are thrown uncaught */
  readonly onError?: (error: unknown) => void
}

/** Options of `set`. */
export interface SetOptions {
  /** Lifetime in milliseconds or as `"5m"`; `Infinity` for ever, 0 expires at once. @default the cache's `expiry` or `defaultTtl` */
  readonly ttl?: Duration
  /** Time without a read or write after which the entry expires. @default the cache's `idleTtl` */
  readonly idleTtl?: Duration
  /** Integer from 0; needs `maxWeight` or `weigh`. @default what `weigh` says, else 1 */
  readonly weight?: number
}

export const coreOptionNames: readonly string[] = [
  "maxSize",
  "maxWeight",
  "weigh",
  "defaultTtl",
  "idleTtl",
  "expiry",
  "clock",
  "policy",
  "onRemoval",
  "onError",
]
export const setOptionNames: readonly string[] = ["ttl", "idleTtl", "weight"]

/** The options of a cache, checked and complete. */
export interface Settings<K, V> {
  readonly maxSize: number
  readonly maxWeight: number
  readonly weigh: ((value: V, key: K) => number) | undefined
  readonly weighted: boolean
  readonly defaultTtl: number
  readonly idleTtl: number
  readonly expiry: ((value: V, key: K) => Duration) | undefined
}

/** Applies the defaults and checks every value. */
export function readSettings<K, V>(options: CoreCacheOptions<K, V>): Settings<K, V> {
  const { maxSize = 1000, maxWeight = Number.POSITIVE_INFINITY, clock } = options
  if (maxSize !== Number.POSITIVE_INFINITY && !isIntegerIn(maxSize, 1, mostEntries)) {
    throw invalidOption("maxSize", maxSize, `an integer from 1 to ${mostEntries}, or Infinity`)
  }
  if (
    maxWeight !== Number.POSITIVE_INFINITY &&
    !isIntegerIn(maxWeight, 1, Number.MAX_SAFE_INTEGER)
  ) {
    throw invalidOption("maxWeight", maxWeight, "an integer from 1, or Infinity")
  }
  checkFunction("weigh", options.weigh)
  checkFunction("expiry", options.expiry)
  checkFunction("policy", options.policy)
  checkFunction("onRemoval", options.onRemoval)
  checkFunction("onError", options.onError)
  if (clock !== undefined && typeof clock !== "function" && typeof clock?.now !== "function") {
    throw invalidOption("clock", clock, "a function or an object with now()")
  }
  return {
    maxSize: Math.min(maxSize, mostEntries),
    maxWeight,
    weigh: options.weigh,
    weighted: options.weigh !== undefined || options.maxWeight !== undefined,
    defaultTtl: toMilliseconds(options.defaultTtl ?? "5m", "defaultTtl"),
    idleTtl: toMilliseconds(options.idleTtl ?? Number.POSITIVE_INFINITY, "idleTtl"),
    expiry: options.expiry,
  }
}

export function isIntegerIn(value: unknown, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high
}
