import { mix } from "./hash.ts"
import { lru } from "./lru.ts"
import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"
import { Simulator } from "./simulator.ts"
import { fixedTinylfu, WindowTinyLfu } from "./window-tinylfu.ts"

const parts = [0.01, 0.2, 0.6, 1] as const
const plainLru = parts.length - 1
const sampledEntries = 256

/**
 * What one look-up leaves of the scores: they go some 5,000 look-ups back, which is many turns of the sampled entries.
 * Where hits come in bursts, a shorter memory would always prefer what has just ended.
 */
const fade = 1 - 1 / 5_000

/**
 * Adaptive W-TinyLFU: small simulated caches with windows of several sizes, the largest being plain LRU,
 * see a sample of the same keys, and the window takes the size of the one that lately had most hits, or that of
 * LRU when this one would have served more than was really served
 * (after Einziger, Eytan, Friedman, Manes: Adaptive software cache management, Middleware 2018).
 */
class AdaptiveTinyLfu implements Policy {
  readonly #table: SlotTable
  readonly #main: WindowTinyLfu
  #shadows: readonly Simulator<number>[] = []
  /** Recent hits of each shadow. */
  readonly #scores = new Float64Array(parts.length)
  /** Recent look-ups of the sample, and those of them that were really served. */
  #seen = 0
  #served = 0
  /** Keys whose hash lies below are simulated. */
  #limit = 0
  #current = 0

  constructor(table: SlotTable, capacity: number) {
    this.#table = table
    this.#main = new WindowTinyLfu(table, capacity, parts[0])
    this.#fit(capacity)
  }

  inserted(slot: number): void {
    this.#main.inserted(slot)
    this.#observe(this.#main.hashOf(slot), 0)
  }

  hit(slot: number): void {
    this.#main.hit(slot)
    this.#observe(this.#main.hashOf(slot), 1)
  }

  removed(slot: number): void {
    this.#main.removed(slot)
  }

  victim(): number {
    const { size } = this.#table.index
    // Where weights decide there may be room for far less than the most entries, now more of them and now fewer.
    if (size * 2 < this.#main.room || size > this.#main.room * 2) this.#fit(size)
    return this.#main.victim()
  }

  clear(): void {
    this.#main.clear()
  }

  order(): number[] {
    return this.#main.order()
  }

  /** Begins to watch what a cache of that many entries would do. */
  #fit(entries: number): void {
    this.#main.room = entries
    const rate = Math.min(1, sampledEntries / entries)
    this.#limit = rate * 2 ** 32
    const size = Math.max(1, Math.round(entries * rate))
    this.#shadows = parts.map((part) => new Simulator(part === 1 ? lru : fixedTinylfu(part), size))
    this.#scores.fill(0)
    this.#seen = this.#served = 0
  }

  #observe(hash: number, served: 0 | 1): void {
    if (mix(hash ^ 0x5bd1e995) >>> 0 >= this.#limit) return
    const scores = this.#scores
    let best = this.#current
    this.#seen = this.#seen * fade + 1
    this.#served = this.#served * fade + served
    for (let at = 0; at < parts.length; at++) {
      const hit = this.#shadows[at]!.access(hash) ? 1 : 0
      scores[at] = scores[at]! * fade + hit
      if (scores[at]! > scores[best]!) best = at
    }
    if (this.#lags()) best = plainLru
    else if (best === this.#current || !this.#leads(best)) return
    this.#current = best
    this.#served = scores[plainLru]!
    this.#main.windowPart = parts[best]!
  }

  /** Whether LRU would have served more than was served, whatever the window's shadow did: it may have had other entries. */
  #lags(): boolean {
    if (this.#current === plainLru) return false
    return this.#scores[plainLru]! - this.#served > 4 + this.#deviation(plainLru)
  }

  /** LRU, the safe choice, is taken on less than chance; anything else for several deviations and a twentieth of what is at stake. */
  #leads(other: number): boolean {
    const lead = this.#scores[other]! - this.#scores[this.#current]!
    const deviation = this.#deviation(this.#current)
    if (other === plainLru) return lead > 2 + deviation / 2
    return lead > 4 + 2 * deviation + deviation ** 2 / 20
  }

  /** Standard deviation of as many independent hits. */
  #deviation(shadow: number): number {
    const hits = this.#scores[shadow]!
    return Math.sqrt((hits * (this.#seen - hits)) / this.#seen)
  }
}

/** Scan- and loop-resistant, and never far from LRU where LRU is right. */
export const tinylfu: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable, capacity: number): Policy => new AdaptiveTinyLfu(table, capacity),
  { policyName: "tinylfu" },
)
