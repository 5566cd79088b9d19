import { checkMost, isCount } from "./cache-options.ts"
import { CoreCache } from "./core-cache.ts"
import { never } from "./engine/clock.ts"
import { type Details, fresh } from "./engine/details.ts"
import type { RemovalReason, Removals } from "./engine/removals.ts"
import { checkFunction, invalidOption } from "./options.ts"
import type { EntryCacheOptions, EntryOptions } from "./storage-options.ts"

/** A cache whose entries may have a weight and more than a deadline, and whose removals may be listened to. */
export class DetailedCache<K, V> extends CoreCache<K, V, EntryOptions> {
  /** @internal */
  removals: Removals<K, V> | undefined
  /** @internal */
  details: (Details | undefined)[] | undefined
  /** @internal */
  weights: number[] | undefined
  /** @internal */
  totalWeight = 0
  /** @internal */
  readonly maxWeight: number
  readonly #weigh: ((value: V, key: K) => number) | undefined

  constructor(options: EntryCacheOptions<K, V>, owner: string, names: readonly string[]) {
    super(options, owner, names)
    const { maxWeight = never, weigh } = options
    checkMost("maxWeight", maxWeight, Number.MAX_SAFE_INTEGER)
    checkFunction("weigh", weigh)
    this.maxWeight = maxWeight
    this.#weigh = weigh
    if ((weigh ?? options.maxWeight) === undefined) return
    this.weights = []
    this.plain = false
    this.beRich()
  }

  /** Total weight of the entries held, counted like `size`; 0 without `maxWeight` and `weigh`. */
  get weight(): number {
    return this.size && this.totalWeight
  }

  /** @internal Stores any entry. One heavier than the whole cache may be is not kept, nor what it replaces. */
  putRich(key: K, value: V, deadline: number, weight: number, details?: Details): void {
    if (weight > this.maxWeight) {
      this.evictions++
      this.pass(key, value, "evicted", details)
      return
    }
    if (!this.index.has(key)) this.#lighten(this.maxWeight - weight)
    if (this.weights !== undefined) this.weights[0] = weight
    const slot = this.putDetailed(key, value, details ? -never : deadline)
    if (details) {
      this.beRich()
      this.details ??= []
      if (slot >= this.details.length) this.details.length = this.capacity
      this.details[slot] = details
    }
    if (this.weights !== undefined) {
      this.#lighten(this.maxWeight - weight, slot)
      this.weights[slot] = weight
      this.totalWeight += weight
    }
    this.deliver()
  }

  /** @internal Counts a value that is stored and gone at once: it takes nobody's place, but that of what it replaces. */
  pass(key: K, value: V, reason: RemovalReason, details?: Details): void {
    const slot = this.index.get(key)
    if (slot !== undefined) this.remove(slot, "replaced", value)
    this.age++
    // A plain set may have been about to look at the clock.
    this.steady = 0
    details?.dropped()
    this.removals?.add(key, value, reason)
    this.deliver()
  }

  override clear(): void {
    for (const slot of this.removals === undefined ? this.index.values() : this.policy.order()) {
      this.leaves(slot, "cleared")
    }
    super.clear()
    this.details = undefined
    if (this.weights !== undefined) this.weights = []
    this.deliver()
  }

  /** @internal Plain sets no longer do without a look at what entries have beside. */
  beRich(): void {
    this.rich = true
    this.settle()
  }

  /** @internal */
  weightOf(key: K, value: V, given: number | undefined): number {
    if (this.weights === undefined) {
      if (given === undefined) return 0
      throw invalidOption("weight", given, "none without maxWeight or weigh")
    }
    const weight = given === undefined ? (this.#weigh?.(value, key) ?? 1) : given
    if (isCount(weight)) return weight
    throw invalidOption("weight", weight, "an integer from 0")
  }

  /** @internal */
  override dueOf(slot: number): number {
    return this.details?.[slot]?.due() ?? super.dueOf(slot)
  }

  /** @internal */
  override overOf(slot: number): number {
    return this.details?.[slot]?.over() ?? super.overOf(slot)
  }

  /** @internal */
  override stateOf(slot: number, now: number, use = false): number {
    const details = this.details?.[slot]
    if (details === undefined) return super.stateOf(slot, now)
    const state = details.state(now)
    if (use && state === fresh) details.used = now
    return state
  }

  /** @internal */
  override leaves(slot: number, reason: RemovalReason, by?: V): void {
    const details = this.details?.[slot]
    const why = (reason === "expired" && details?.reason()) || reason
    const value = this.slotValues[slot]!
    // What is stored once more under its key stays.
    if (why !== "replaced" || value !== by) this.removals?.add(this.slotKeys[slot]!, value, why)
    // It stays there for the policy, until another weight takes its place.
    if (this.weights !== undefined) this.totalWeight -= this.weights[slot]!
    if (details === undefined) return
    details.dropped()
    this.details![slot] = undefined
  }

  /** @internal */
  override deliver(): void {
    this.removals?.deliver()
  }

  /** Evicts others than `kept`, whose weight is not counted now: where the policy names it all the same, the last in its order. */
  #lighten(most: number, kept?: number): void {
    let line: number[] | undefined
    while (this.totalWeight > most) {
      const slot = line?.pop() ?? this.policy.victim()
      if (slot !== kept) this.evict(slot)
      else line ??= this.policy.order()
    }
  }
}
