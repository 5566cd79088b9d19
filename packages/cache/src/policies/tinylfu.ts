import { mix } from "./hash.ts"
import { lru } from "./lru.ts"
import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"
import { Simulator } from "./simulator.ts"
import { fixedTinylfu, WindowTinyLfu } from "./window-tinylfu.ts"

const parts = [0.01, 0.2, 0.6, 1] as const
const sampledEntries = 256

/**
 * Adaptive W-TinyLFU: small simulated caches with windows of several sizes, the largest being plain LRU,
 * see a sample of the same keys, and the window takes the size of the one that lately had most hits
 * (after Einziger, Eytan, Friedman, Manes: Adaptive software cache management, Middleware 2018).
 */
class AdaptiveTinyLfu implements Policy {
  readonly #main: WindowTinyLfu
  readonly #shadows: readonly Simulator<number>[]
  /** Recent hits of each shadow. */
  readonly #scores = new Float64Array(parts.length)
  readonly #fade: number
  /** Keys whose hash lies below are simulated. */
  readonly #limit: number
  #current = 0

  constructor(table: SlotTable, capacity: number) {
    this.#main = new WindowTinyLfu(table, capacity, parts[0])
    const rate = Math.min(1, sampledEntries / capacity)
    this.#limit = rate * 2 ** 32
    const size = Math.max(1, Math.round(capacity * rate))
    this.#shadows = parts.map((part) => new Simulator(part === 1 ? lru : fixedTinylfu(part), size))
    this.#fade = 1 - 1 / (4 * size)
  }

  inserted(slot: number): void {
    this.#main.inserted(slot)
    this.#observe(this.#main.hashOf(slot))
  }

  hit(slot: number): void {
    this.#main.hit(slot)
    this.#observe(this.#main.hashOf(slot))
  }

  removed(slot: number): void {
    this.#main.removed(slot)
  }

  victim(): number {
    return this.#main.victim()
  }

  clear(): void {
    this.#main.clear()
  }

  order(): number[] {
    return this.#main.order()
  }

  #observe(hash: number): void {
    if (mix(hash ^ 0x5bd1e995) >>> 0 >= this.#limit) return
    const scores = this.#scores
    let best = this.#current
    for (let at = 0; at < parts.length; at++) {
      const hit = this.#shadows[at]!.access(hash) ? 1 : 0
      scores[at] = scores[at]! * this.#fade + hit
      if (scores[at]! > scores[best]!) best = at
    }
    if (best === this.#current) return
    const lead = scores[best]! - scores[this.#current]!
    // More than chance: a few standard deviations of a count.
    if (lead < 4 + 2 * Math.sqrt(scores[this.#current]!)) return
    this.#current = best
    this.#main.windowPart = parts[best]!
  }
}

/** Scan- and loop-resistant, and never far from LRU where LRU is right. */
export const tinylfu: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable, capacity: number): Policy => new AdaptiveTinyLfu(table, capacity),
  { policyName: "tinylfu" },
)
