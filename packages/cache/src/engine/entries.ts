import { lru } from "../policies/lru.ts"
import type { Policy, PolicyFactory } from "../policies/policy.ts"
import { type Clock, EngineClock, onlyInfinity } from "./clock.ts"
import { type Details, fresh, gone } from "./details.ts"
import type { RemovalReason, Removals } from "./removals.ts"
import { Slots } from "./slots.ts"
import { Sweeper } from "./sweeper.ts"

const never = Number.POSITIVE_INFINITY

/** Entries with deadlines, details, weights and counters: who is still there, and how they leave. */
export class Entries<K, V> extends Slots<K, V> {
  /** @internal */
  readonly maxSize: number
  /** @internal */
  readonly maxWeight: number
  /** @internal */
  readonly clock: EngineClock
  /** @internal Deadlines whose upper half is greater need no reading of the clock. */
  horizon: number = onlyInfinity
  /** @internal */
  readonly policy: Policy
  /** @internal */
  readonly sweeper: Sweeper
  /** @internal The clock's last reading, and the earliest deadline that the sweeper knows of: in an array, as numbers in fields are boxed. */
  readonly times: Float64Array = new Float64Array([-never, never])
  /** @internal Whether the policy is plain LRU, whose few lines stand in the hot path itself. */
  readonly exact: boolean
  /** @internal Whether more than the plain record has to be kept up to date for any entry. */
  rich = false
  /** @internal */
  removals: Removals<K, V> | undefined
  /** @internal */
  details: (Details | undefined)[] | undefined
  /** @internal */
  weights: number[] | undefined
  /** @internal */
  totalWeight = 0
  /** @internal Look-ups served and values stored since the last carry. */
  hits = 0
  /** @internal */
  sets = 0
  /** @internal */
  earlierHits = 0
  /** @internal */
  earlierSets = 0
  /** @internal */
  misses = 0
  /** @internal */
  evictions = 0
  /** @internal */
  expirations = 0

  constructor(
    maxSize: number,
    maxWeight: number,
    clock: (() => number) | Clock | undefined,
    policy: PolicyFactory,
  ) {
    super(maxSize)
    this.maxSize = maxSize
    this.maxWeight = maxWeight
    this.clock = new EngineClock(clock, this)
    this.policy = policy(this, maxSize)
    this.exact = policy === lru
    this.sweeper = new Sweeper(this, this.clock)
  }

  /** Entries held. Counting looks for expired ones first, which takes a walk over all when a deadline has passed. */
  get size(): number {
    if (this.times[1] !== never && this.times[1]! <= this.clock.now()) this.prune()
    return this.index.size
  }

  /** @internal Whether an entry is fresh by an exact reading; turns the hit into a miss when it is not. */
  serves(slot: number): boolean {
    // Counted as a hit beforehand: taken back first, as a listener may reset the counters.
    this.hits--
    if (this.judge(slot, true) !== fresh) {
      this.misses++
      return false
    }
    this.hits++
    this.#carry()
    return true
  }

  /** @internal The slot of a fresh entry, or 0; counts nothing and changes no order. */
  look(key: K): number {
    const slot = this.index.get(key)
    return slot !== undefined && this.judge(slot, false) === fresh ? slot : 0
  }

  /** @internal The state of an entry by an exact reading of the clock; removes it when it is gone. */
  judge(slot: number, use: boolean): number {
    const deadline = this.deadlines[(slot << 1) | 1]!
    if (deadline === never) return fresh
    const now = this.clock.now()
    const details = this.details?.[slot]
    const state = details !== undefined ? details.state(now) : now < deadline ? fresh : gone
    if (state === gone) {
      this.expireSlot(slot)
      this.removals?.deliver()
    } else if (use && state === fresh && details !== undefined) details.used = now
    return state
  }

  /** @internal Sees to the removal of expired entries; `deadline` is the earliest that was set. */
  watch(deadline: number, now: number): void {
    if (deadline < this.times[1]!) this.sweeper.arm(deadline, now)
  }

  /** @internal Removes one entry; the caller delivers. */
  remove(slot: number, reason: RemovalReason): void {
    this.removals?.add(this.slotKeys[slot]!, this.slotValues[slot]!, reason)
    this.#forget(slot)
    this.policy.removed(slot)
    this.release(slot)
  }

  /** @internal Removes an entry that is gone and counts it. */
  expireSlot(slot: number): void {
    this.expirations++
    this.remove(slot, this.details?.[slot]?.reason() ?? "expired")
  }

  /** Removes the expired entries now and tells how many. */
  prune(): number {
    const before = this.expirations
    const now = this.clock.now()
    this.sweeper.stop()
    const earliest = this.sweep(1, this.used)
    if (earliest < this.times[1]!) this.sweeper.arm(earliest, now)
    return this.expirations - before
  }

  /** @internal */
  sweep(from: number, to: number): number {
    const now = this.clock.now()
    let earliest = never
    for (let slot = from; slot < to; slot++) {
      const deadline = this.deadlines[(slot << 1) | 1]!
      if (deadline === never) continue
      const details = this.details?.[slot]
      if (details !== undefined ? details.state(now) === gone : deadline <= now)
        this.expireSlot(slot)
      else earliest = Math.min(earliest, details === undefined ? deadline : details.due())
    }
    this.removals?.deliver()
    return earliest
  }

  /** Keeps the counters that are tested bit by bit small integers. */
  #carry(): void {
    if (this.hits < 0x20000000 && this.sets < 0x20000000) return
    this.earlierHits += this.hits
    this.earlierSets += this.sets
    this.hits = this.sets = 0
  }

  #forget(slot: number): void {
    if (this.weights !== undefined) {
      this.totalWeight -= this.weights[slot] ?? 0
      this.weights[slot] = 0
    }
    if (this.details === undefined) return
    this.details[slot]?.dropped()
    this.details[slot] = undefined
  }
}
