import { never } from "../engine/clock.ts"
import { mix } from "./hash.ts"
import { lru } from "./lru.ts"
import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"
import { Simulator } from "./simulator.ts"
import { fixedTinylfu, WindowTinyLfu } from "./window-tinylfu.ts"

/** Sizes of the window that are tried, as parts of the entries; a window of everything, which is LRU, comes after them. */
const parts = [0.01, 0.2, 0.6] as const
const plainLru = parts.length
const sampledEntries = 256

/** Entries of the LRU that is compared with what was really served. Of more, a sample: of 4,096 it would be 1.5 % too many or too few. */
const watchedEntries = 131_072

/**
 * What one look-up leaves of the scores: they go some 20 turns of the sampled entries back.
 * Where hits come in bursts, a shorter memory would always prefer what has just ended.
 */
const fade = 1 - 1 / 5_000

/** Look-ups of the sample before anything but LRU is tried again, the first time that it has served less. */
const firstPatience = 2_500
const longestPatience = 320_000

/**
 * Adaptive W-TinyLFU: small simulated caches with windows of several sizes, the largest being plain LRU,
 * see a sample of the same keys, and the window takes the size of the one that lately had most hits
 * (after Einziger, Eytan, Friedman, Manes: Adaptive software cache management, Middleware 2018). What it serves then is
 * held against a larger simulated LRU: when that would have served more, LRU is what it becomes, the longer the more often.
 */
class AdaptiveTinyLfu implements Policy {
  readonly #table: SlotTable
  readonly #capacity: number
  readonly #main: WindowTinyLfu
  #shadows: readonly Simulator<number>[] = []
  /** Recent hits of each shadow, and look-ups of the sample. */
  readonly #scores = new Float64Array(plainLru + 1)
  #seen = 0
  #current = 0
  #rival = new Simulator<number>(lru, 1)
  /** Part of the entries that it simulates. */
  #rivalRate = 0
  #rivalFade = fade
  /** Recent look-ups of the rival's sample, its hits, and those that were really served. */
  #watched = 0
  #rivalHits = 0
  #served = 0
  /** Look-ups of the sample until something else than LRU may be tried. */
  #wait = 0
  #patience = firstPatience

  constructor(table: SlotTable, capacity: number) {
    this.#table = table
    this.#capacity = capacity
    this.#main = new WindowTinyLfu(table, capacity, parts[0])
    this.#fit(capacity)
  }

  inserted(slot: number): void {
    this.#main.inserted(slot)
    this.#observe(this.#main.hashOf(slot), 0, this.#table.weights?.[0])
  }

  hit(slot: number): void {
    this.#main.hit(slot)
    this.#observe(this.#main.hashOf(slot), 1, this.#table.weights?.[slot])
  }

  removed(slot: number): void {
    this.#main.removed(slot)
  }

  victim(): number {
    const {
      index: { size },
      maxWeight = never,
    } = this.#table
    // Where weights decide there may be room for far less than the most entries, now more of them and now fewer; of the
    // most weight nothing was known when this was made.
    if (
      size * 2 < this.#main.room ||
      size > this.#main.room * 2 ||
      this.#rival.maxWeight > maxWeight
    ) {
      this.#fit(size)
    }
    return this.#main.victim()
  }

  clear(): void {
    this.#main.clear()
    // What they have served counts on.
    this.#rival.clear()
    for (const shadow of this.#shadows) shadow.clear()
  }

  order(): number[] {
    return this.#main.order()
  }

  /** Begins to watch what a cache of that many entries would do. */
  #fit(entries: number): void {
    this.#main.room = entries
    const { maxWeight = never } = this.#table
    const sampled = Math.min(entries, sampledEntries)
    // Where weights decide, the smallest of the shadows is LRU's own: like the others it begins anew, and knows no weights.
    this.#shadows = (maxWeight < never ? [...parts, 1] : parts).map(
      (part) => new Simulator(fixedTinylfu(part), sampled),
    )
    this.#scores.fill(0)
    this.#seen = 0
    const rate = Math.min(1, watchedEntries / entries)
    // It goes on where it watches everything all the same.
    if (this.#rival.maxWeight <= maxWeight && rate === this.#rivalRate) return
    this.#rivalRate = rate
    this.#rival = new Simulator(lru, Math.ceil(this.#capacity * rate))
    this.#rival.maxWeight = maxWeight * rate
    this.#rivalFade = Math.max(fade, 1 - 1 / (20 * rate * entries))
    this.#watched = this.#rivalHits = this.#served = 0
  }

  #observe(hash: number, served: 0 | 1, weight: number | undefined): void {
    // One of as many places as there is room for: what lies in the first of them is simulated.
    const place = ((mix(hash ^ 0x5bd1e995) >>> 0) / 2 ** 32) * this.#main.room
    if (place >= watchedEntries) return
    const rival = this.#rival.access(hash, weight)
    this.#compare(rival, served)
    if (place >= sampledEntries) return
    let best = this.#current
    this.#seen = this.#seen * fade + 1
    for (let at = 0; at <= plainLru; at++) {
      this.#scores[at] = this.#scores[at]! * fade + (this.#shadows[at]?.access(hash) ?? rival)
      if (this.#scores[at]! > this.#scores[best]!) best = at
    }
    if (this.#wait > 0) this.#wait--
    else if (best !== this.#current && this.#leads(best)) this.#choose(best)
  }

  /** Becomes LRU when LRU would have served more, whatever the window's shadow did: it may have had other entries. */
  #compare(rival: number, served: number): void {
    this.#watched = this.#watched * this.#rivalFade + 1
    this.#rivalHits = this.#rivalHits * this.#rivalFade + rival
    this.#served = this.#served * this.#rivalFade + served
    if (this.#current === plainLru) return
    const lead = this.#rivalHits - this.#served
    const chance = deviation(this.#rivalHits, this.#watched)
    if (lead > 4 + chance) {
      this.#choose(plainLru)
      this.#wait = this.#patience
      this.#patience = Math.min(this.#patience * 2, longestPatience)
    } else if (-lead > 4 + 4 * chance) this.#patience = firstPatience
  }

  #choose(part: number): void {
    this.#current = part
    this.#served = this.#rivalHits
    this.#main.windowPart = parts[part] ?? 1
  }

  /** LRU, the safe choice, is taken on less than chance; anything else for several deviations and a twentieth of what is at stake. */
  #leads(other: number): boolean {
    const lead = this.#scores[other]! - this.#scores[this.#current]!
    const chance = deviation(this.#scores[this.#current]!, this.#seen)
    if (other === plainLru) return lead > 2 + chance / 2
    return lead > 4 + 2 * chance + chance ** 2 / 20
  }
}

/** Standard deviation of as many independent hits. */
function deviation(hits: number, seen: number): number {
  return Math.sqrt((hits * (seen - hits)) / seen)
}

/** Scan- and loop-resistant, and never far from LRU where LRU is right. */
export const tinylfu: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable, capacity: number): Policy => new AdaptiveTinyLfu(table, capacity),
  { policyName: "tinylfu" },
)
