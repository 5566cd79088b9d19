import { isCount } from "../cache-options.ts"
import { never } from "../engine/clock.ts"
import {
  checkFunction,
  checkOptions,
  type Duration,
  invalidOption,
  toMilliseconds,
} from "../options.ts"

/** Options of `getOrSet`, `getOrSetMany` and `memoize`. */
export interface LoadOptions {
  /** Lifetime of the loaded value. @default the cache's `expiry` or `defaultTtl` */
  readonly ttl?: Duration | undefined
  /** Time without a read after which the loaded value expires. @default the cache's `idleTtl` */
  readonly idleTtl?: Duration | undefined
  /** Weight of the loaded value. @default what `weigh` says, else 1 */
  readonly weight?: number | undefined
  /** Tags of the loaded value. @default none */
  readonly tags?: readonly string[] | undefined
  /** Ends this caller's wait with `ERR_PERSIST_ABORTED`; the load goes on while anybody else waits. */
  readonly signal?: AbortSignal | undefined
  /** How long after its deadline a value is served at once while a load in the background renews it. @default 0 */
  readonly staleWhileRevalidate?: Duration | undefined
  /**
   * How long after its deadline a value is served when the load fails or takes longer than `hardTimeout`; with `force`,
   * before it as well. @default 0
   */
  readonly staleIfError?: Duration | undefined
  /** Longest wait when there is a stale value to serve instead, or any with `force`; the load goes on. @default Infinity */
  readonly softTimeout?: Duration | undefined
  /** Longest load: then it is aborted and everybody who waits gets `ERR_PERSIST_TIMEOUT`. @default Infinity */
  readonly hardTimeout?: Duration | undefined
  /**
   * Renews a value before its deadline, the likelier the nearer it is and the longer its load took: the factor β
   * of XFetch (Vattani, Chierichetti, Lowenstein: Optimal probabilistic cache stampede prevention, 2015). 1 is usual. @default 0
   */
  readonly earlyRefresh?: number | undefined
  /** Lifetime of a loaded `undefined` or `null`. @default that of any value */
  readonly negativeTtl?: Duration | undefined
  /** How long a failed load is remembered: callers get its error, or the stale value, without another load. @default 0 */
  readonly errorTtl?: Duration | undefined
  /** Loads even though there is a fresh value, or a failure is remembered. @default false */
  readonly force?: boolean | undefined
}

export const loadOptionNames: readonly string[] = [
  "ttl",
  "idleTtl",
  "weight",
  "tags",
  "signal",
  "staleWhileRevalidate",
  "staleIfError",
  "softTimeout",
  "hardTimeout",
  "earlyRefresh",
  "negativeTtl",
  "errorTtl",
  "force",
]

/** Load options, checked and complete; times are milliseconds. */
export interface LoadSettings {
  readonly given: LoadOptions
  readonly signal: AbortSignal | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  /** How long a value is kept beyond its deadline. */
  readonly staleTtl: number
  readonly softTimeout: number
  readonly hardTimeout: number
  readonly earlyRefresh: number
  readonly errorTtl: number
}

/** Throws unless every name is one that loading knows. */
export function checkLoadOptions(owner: string, options: LoadOptions): void {
  checkOptions(owner, options, loadOptionNames)
}

export function readLoadOptions(owner: string, options: LoadOptions = {}): LoadSettings {
  checkLoadOptions(owner, options)
  const { signal, earlyRefresh = 0, force = false } = options
  if (signal !== undefined && !isSignal(signal)) {
    throw invalidOption("signal", signal, "an AbortSignal")
  }
  if (typeof earlyRefresh !== "number" || !(earlyRefresh >= 0)) {
    throw invalidOption("earlyRefresh", earlyRefresh, "a number from 0")
  }
  if (typeof force !== "boolean") throw invalidOption("force", force, "true or false")
  if (options.weight !== undefined && !isCount(options.weight)) {
    throw invalidOption("weight", options.weight, "an integer from 0")
  }
  checkTags(options.tags)
  toMilliseconds(options.ttl, "ttl", 0)
  toMilliseconds(options.idleTtl, "idleTtl", 0)
  toMilliseconds(options.negativeTtl, "negativeTtl", 0)
  const staleWhileRevalidate = toMilliseconds(
    options.staleWhileRevalidate,
    "staleWhileRevalidate",
    0,
  )
  const staleIfError = toMilliseconds(options.staleIfError, "staleIfError", 0)
  return {
    given: options,
    signal,
    staleWhileRevalidate,
    staleIfError,
    staleTtl: Math.max(staleWhileRevalidate, staleIfError),
    softTimeout: toMilliseconds(options.softTimeout, "softTimeout", never),
    hardTimeout: toMilliseconds(options.hardTimeout, "hardTimeout", never),
    earlyRefresh,
    errorTtl: toMilliseconds(options.errorTtl, "errorTtl", 0),
  }
}

export function checkTags(tags: readonly string[] | undefined): void {
  if (tags === undefined) return
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== "string")) {
    throw invalidOption("tags", tags, "an array of strings")
  }
}

/** Whether a wait can listen to it, and stop. */
function isSignal(signal: Partial<AbortSignal> | null): boolean {
  return (
    typeof signal?.addEventListener === "function" &&
    typeof signal.removeEventListener === "function" &&
    typeof signal.aborted === "boolean"
  )
}

/** Throws unless `load` can be called. */
export function checkLoader(load: unknown): void {
  checkFunction("load", load ?? null)
}
