import { isCount } from "../cache-options.ts"
import { checkOptions, invalidOption } from "../options.ts"
import { hash, mix } from "../policies/hash.ts"
import type { PolicyFactory } from "../policies/policy.ts"
import { Simulator } from "../policies/simulator.ts"
import { findPolicy, type PolicyName } from "../storage-options.ts"

/** Options of `whatIf`. */
export interface WhatIfOptions {
  /** Sizes to try, in entries. @default half, once, twice and four times the cache's own */
  readonly sizes?: readonly number[] | undefined
  /** Policies to try. @default ["lru", "tinylfu"] */
  readonly policies?: readonly (PolicyName | PolicyFactory)[] | undefined
  /** Part of the keys that is watched, above 0 and up to 1. @default what leaves the smallest size 256 entries */
  readonly sampleRate?: number | undefined
}

/** What one size and policy would have served. */
export interface WhatIfEstimate {
  readonly policy: string
  readonly size: number
  /** Estimated from the sample; 0 before the first look-up. */
  readonly hitRatio: number
  /** Look-ups in the sample. */
  readonly samples: number
}

/**
 * Simulates other sizes and policies on a sample of the keys that are really looked up. Look-ups that the sample
 * has too few or too many of are taken for those of the most popular keys, which it caught too few or too many of (the
 * spatial sampling and SHARDS-adj of Waldspurger et al., Efficient MRC construction with SHARDS, FAST 2015).
 */
export class WhatIf<K> {
  readonly #trials: { policy: string; size: number; simulator: Simulator<number> }[] = []
  readonly #rate: number
  #lookups = 0
  readonly #stop: (probe: WhatIf<K>) => void

  constructor(ownSize: number, options: WhatIfOptions, stop: (probe: WhatIf<K>) => void) {
    checkOptions("whatIf", options, ["sizes", "policies", "sampleRate"])
    const { policies = ["lru", "tinylfu"] as const } = options
    const sizes = options.sizes ?? [0.5, 1, 2, 4].map((factor) => Math.ceil(ownSize * factor))
    checkList("sizes", sizes)
    checkList("policies", policies)
    for (const size of sizes) {
      if (!isCount(size) || size < 1) {
        throw invalidOption("whatIf: a size", size, "an integer from 1")
      }
    }
    const rate = options.sampleRate ?? Math.min(1, 256 / Math.min(...sizes))
    if (typeof rate !== "number" || !(rate > 0 && rate <= 1)) {
      throw invalidOption("whatIf: sampleRate", rate, "a number above 0 and up to 1")
    }
    this.#rate = rate
    this.#stop = stop
    for (const each of policies) {
      const policy = findPolicy(each)
      for (const size of sizes) {
        const simulator = new Simulator<number>(policy, Math.max(1, Math.round(size * rate)))
        this.#trials.push({ policy: policy.policyName, size, simulator })
      }
    }
  }

  /** @internal A look-up that misses is taken to be followed by a set. */
  record(key: K): void {
    this.#lookups++
    const hashed = hash(key)
    if (mix(hashed ^ 0x2545f491) >>> 0 >= this.#rate * 2 ** 32) return
    for (const { simulator } of this.#trials) simulator.access(hashed)
  }

  /** The estimates so far, in the order of the options. */
  get estimates(): readonly WhatIfEstimate[] {
    return this.#trials.map(({ policy, size, simulator: { hits, misses } }) => {
      const samples = hits + misses
      const missRatio = misses / (this.#lookups * this.#rate)
      return { policy, size, hitRatio: samples && Math.max(0, 1 - missRatio), samples }
    })
  }

  /** Ends the watching; the estimates stay. */
  stop(): void {
    this.#stop(this)
  }

  /** The same as `stop`. */
  [Symbol.dispose](): void {
    this.stop()
  }
}

function checkList(name: string, list: unknown): void {
  if (Array.isArray(list) && list.length > 0) return
  throw invalidOption(`whatIf: ${name}`, list, "an array of at least one")
}
