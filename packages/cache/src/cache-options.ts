import { type Clock, never } from "./engine/clock.ts"
import { type Duration, invalidOption } from "./options.ts"
import type { PolicyFactory } from "./policies/policy.ts"

/** The most entries a cache can hold: past it, a `Map` with steady eviction reaches its limit in V8. */
export const mostEntries = 8_388_608

/** Options of `CoreCache`. */
export interface CoreCacheOptions {
  /** Most entries, from 1 to 8,388,608; `Infinity` means that most. @default 1000 */
  readonly maxSize?: number | undefined
  /** Lifetime of entries that are set without one, in milliseconds or as `"5m"`; `Infinity` for ever. @default "5m" */
  readonly defaultTtl?: Duration | undefined
  /** Milliseconds that never go back; exact at every call. A function alone starts no timer. @default performance.now */
  readonly clock?: ((() => number) | Clock) | undefined
  /** Which entry goes when there is no room. @default lru */
  readonly policy?: PolicyFactory | undefined
}

/** Options of `set`. */
export interface SetOptions {
  /** Lifetime in milliseconds or as `"5m"`; `Infinity` for ever, 0 expires at once. @default the cache's `defaultTtl` */
  readonly ttl?: Duration | undefined
}

export const coreOptionNames: readonly string[] = ["maxSize", "defaultTtl", "clock", "policy"]
export const setOptionNames: readonly string[] = ["ttl"]

/** Checks the options and applies the default of `maxSize`. */
export function readMaxSize({ maxSize = 1000, clock, policy }: CoreCacheOptions): number {
  checkMost("maxSize", maxSize, mostEntries)
  if (policy !== undefined && typeof policy !== "function") {
    throw invalidOption("policy", policy, 'an import, as of "@persist/cache/tinylfu"')
  }
  if (clock !== undefined && typeof clock !== "function" && typeof clock?.now !== "function") {
    throw invalidOption("clock", clock, "a function, or an object with now()")
  }
  return Math.min(maxSize, mostEntries)
}

/** Throws unless `value` is an integer from 1 to `most`, or Infinity. */
export function checkMost(option: string, value: number, most: number): void {
  if (value === never || (isCount(value) && value > 0 && value <= most)) return
  throw invalidOption(option, value, `an integer from 1 to ${most}, or Infinity`)
}

/** Whether `value` is an integer from 0. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
