import type { Clock } from "./engine/clock.ts"
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
  /** Milliseconds that never go back; exact at every call. A function alone starts no timer. @default performance.now */
  readonly clock?: (() => number) | Clock
  /** Which entry goes when there is no room. @default lru */
  readonly policy?: PolicyFactory
}

/** Options of `set`. */
export interface SetOptions {
  /** Lifetime in milliseconds or as `"5m"`; `Infinity` for ever, 0 expires at once. @default the cache's `defaultTtl` */
  readonly ttl?: Duration
  /** Integer from 0; needs `maxWeight` or `weigh`. @default what `weigh` says, else 1 */
  readonly weight?: number
}

export const coreOptionNames: readonly string[] = [
  "maxSize",
  "maxWeight",
  "weigh",
  "defaultTtl",
  "clock",
  "policy",
]
export const setOptionNames: readonly string[] = ["ttl", "weight"]

/** The options of a cache, checked and complete. */
export interface Settings<K, V> {
  readonly maxSize: number
  readonly maxWeight: number
  readonly weigh: ((value: V, key: K) => number) | undefined
  readonly weighted: boolean
  readonly defaultTtl: number
}

/** Applies the defaults and checks every value. */
export function readSettings<K, V>(options: CoreCacheOptions<K, V>): Settings<K, V> {
  const { maxSize = 1000, maxWeight = Number.POSITIVE_INFINITY, clock, policy, weigh } = options
  checkMost("maxSize", maxSize, mostEntries)
  checkMost("maxWeight", maxWeight, Number.MAX_SAFE_INTEGER)
  checkFunction("weigh", weigh)
  if (policy !== undefined && typeof policy !== "function") {
    throw invalidOption("policy", policy, 'an import, as of "@persist/cache/tinylfu"')
  }
  if (clock !== undefined && typeof clock !== "function" && typeof clock?.now !== "function") {
    throw invalidOption("clock", clock, "a function, or an object with now()")
  }
  return {
    maxSize: Math.min(maxSize, mostEntries),
    maxWeight,
    weigh,
    weighted: weigh !== undefined || options.maxWeight !== undefined,
    defaultTtl: toMilliseconds(options.defaultTtl ?? "5m", "defaultTtl"),
  }
}

function checkMost(option: string, value: number, most: number): void {
  if (value === Number.POSITIVE_INFINITY || (isWeight(value) && value > 0 && value <= most)) return
  throw invalidOption(option, value, `an integer from 1 to ${most}, or Infinity`)
}

/** Whether `value` is an integer from 0. */
export function isWeight(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
