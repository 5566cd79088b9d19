import {
  type CoreCacheOptions,
  coreOptionNames,
  type SetOptions,
  setOptionNames,
} from "./cache-options.ts"
import type { RemovalListener } from "./engine/removals.ts"
import type { Duration } from "./options.ts"
import { checkFunction, checkOptions, invalidOption } from "./options.ts"
import { lru } from "./policies/lru.ts"
import type { PolicyFactory } from "./policies/policy.ts"
import { s3fifo } from "./policies/s3fifo.ts"
import { sieve } from "./policies/sieve.ts"
import { tinylfu } from "./policies/tinylfu.ts"
import type { InvalidationBus } from "./tier/bus.ts"
import type { TierOptions, TierStore } from "./tier/tier-options.ts"

/** Names of the policies that come with the package. */
export type PolicyName = "lru" | "s3fifo" | "sieve" | "tinylfu"

const policies: Readonly<Record<PolicyName, PolicyFactory>> = { lru, s3fifo, sieve, tinylfu }

/** What entries may have beyond a value and a lifetime. */
export interface EntryCacheOptions<K, V> extends CoreCacheOptions {
  /** Most total weight. @default Infinity */
  readonly maxWeight?: number | undefined
  /** Weight of an entry that is set without one: an integer from 0. @default () => 1 */
  readonly weigh?: ((value: V, key: K) => number) | undefined
  /** Lifetime of an entry that is set without one, instead of `defaultTtl`. @default none */
  readonly expiry?: ((value: V, key: K) => Duration) | undefined
  /** Time without a read or write after which an entry expires. @default Infinity */
  readonly idleTtl?: Duration | undefined
  /** Hears of every value that leaves, after the operation that removed it; one that is stored once more under its key stays. @default none */
  readonly onRemoval?: RemovalListener<K, V> | undefined
  /** Hears of errors that fail no call, such as those of `onRemoval`. @default they are thrown uncaught */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Options of `CacheStorage`. */
export interface CacheStorageOptions<K, V> extends Omit<EntryCacheOptions<K, V>, "policy"> {
  /** Which entry goes when there is no room, by name or as an imported policy. @default "lru" */
  readonly policy?: PolicyName | PolicyFactory | undefined
  /** A store behind the memory, such as any `Storage`. @default none */
  readonly tier?: TierStore | TierOptions<K> | undefined
  /** Carries invalidations between the caches of several processes. @default none */
  readonly bus?: InvalidationBus | undefined
  /** Random numbers in [0, 1) for early refreshes. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** Options of `set` of a `CacheStorage`. */
export interface EntryOptions extends SetOptions {
  /** Integer from 0; needs `maxWeight` or `weigh`. @default what `weigh` says, else 1 */
  readonly weight?: number | undefined
  /** Time without a read or write after which the entry expires. @default the cache's `idleTtl` */
  readonly idleTtl?: Duration | undefined
  /** Labels by which many entries can be expired or deleted at once. @default none */
  readonly tags?: readonly string[] | undefined
  /** How long after its deadline the value is kept for `getOrSet` to serve stale. @default 0 */
  readonly staleTtl?: Duration | undefined
}

export const storageOptionNames: readonly string[] = [
  ...coreOptionNames,
  "maxWeight",
  "weigh",
  "expiry",
  "idleTtl",
  "onRemoval",
  "onError",
  "tier",
  "bus",
  "random",
]
export const entryOptionNames: readonly string[] = [
  ...setOptionNames,
  "weight",
  "idleTtl",
  "tags",
  "staleTtl",
]

/** Checks the names and finds the policy; the classes below check the values. */
export function readOptions<K, V>(
  options: CacheStorageOptions<K, V>,
): CacheStorageOptions<K, V> & { readonly policy: PolicyFactory } {
  checkOptions("CacheStorage", options, storageOptionNames)
  checkFunction("random", options.random)
  if (typeof options.clock === "object") {
    checkFunction("clock.schedule", options.clock?.schedule)
    checkFunction("clock.wallTime", options.clock?.wallTime)
  }
  return { ...options, policy: findPolicy(options.policy) }
}

export function findPolicy(policy: PolicyName | PolicyFactory = "lru"): PolicyFactory {
  if (typeof policy === "function") return policy
  if (typeof policy === "string" && Object.hasOwn(policies, policy)) return policies[policy]
  throw invalidOption(
    "policy",
    policy,
    `${Object.keys(policies).join(", ")}, or an imported policy`,
  )
}
