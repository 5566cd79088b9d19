import type { Policy, PolicyFactory } from "../policies/policy.ts"
import type { EngineClock } from "./clock.ts"
import { type Details, fresh, gone } from "./details.ts"
import type { RemovalReason, Removals } from "./removals.ts"
import { Slots } from "./slots.ts"
import { Sweeper } from "./sweeper.ts"

const never = Number.POSITIVE_INFINITY

/**
 * The bare cache: keys in slots, deadlines, weights, counters. Arguments are positional and times are
 * milliseconds of its clock; the classes that users see turn options into them.
 */
export class Engine<K, V> extends Slots<K, V> {
  readonly maxSize: number
  readonly maxWeight: number
  readonly clock: EngineClock
  readonly policy: Policy
  readonly sweeper: Sweeper
  removals: Removals<K, V> | undefined
  details: (Details | undefined)[] | undefined
  weights: number[] | undefined
  weight = 0
  hits = 0
  misses = 0
  sets = 0
  evictions = 0
  expirations = 0
  /** The string last looked up in vain: storing it next, as nearly every miss does, needs no second look-up. */
  #missed: K | undefined

  constructor(maxSize: number, maxWeight: number, clock: EngineClock, policy: PolicyFactory) {
    super(maxSize)
    this.maxSize = maxSize
    this.maxWeight = maxWeight
    this.clock = clock
    this.policy = policy(this, maxSize)
    this.sweeper = new Sweeper(this, clock)
  }

  get size(): number {
    return this.index.size
  }

  /** The slot of a fresh entry, counted as a hit; 0, counted as a miss, when there is none. */
  find(key: K): number {
    const slot = this.index.get(key)
    if (slot === undefined) {
      this.misses++
      if (typeof key === "string") this.#missed = key
      return 0
    }
    const clock = this.clock
    // Hot: an entry without details and far from its deadline needs no reading of the clock.
    if (
      !(this.deadlines[(slot << 1) | 1]! > clock.horizon && clock.budget-- > 0) &&
      this.judge(slot, true) !== fresh
    ) {
      this.misses++
      return 0
    }
    this.hits++
    this.policy.hit(slot)
    return slot
  }

  /** The slot of a fresh entry, or 0; counts nothing and changes no order. */
  look(key: K): number {
    const slot = this.index.get(key)
    return slot !== undefined && this.judge(slot, false) === fresh ? slot : 0
  }

  /** The state of an entry by an exact reading of the clock; removes it when it is gone. */
  judge(slot: number, use: boolean): number {
    const deadline = this.deadlines[(slot << 1) | 1]!
    if (deadline === never) return fresh
    const now = this.clock.now()
    const details = this.details?.[slot]
    const state = details !== undefined ? details.state(now) : now < deadline ? fresh : gone
    if (state === gone) {
      this.expire(slot)
      this.removals?.deliver()
    } else if (use && state === fresh && details !== undefined) details.used = now
    return state
  }

  /** Stores an entry without details or weight; `deadline` may be `Infinity`. */
  put(key: K, value: V, deadline: number): void {
    this.sets++
    const slot = key === this.#missed && key !== undefined ? undefined : this.index.get(key)
    if (slot === undefined) {
      this.#insert(key, value, deadline)
      this.removals?.deliver()
      return
    }
    if (this.removals !== undefined || this.details !== undefined) this.#replaced(slot)
    this.values[slot] = value
    this.deadlines[(slot << 1) | 1] = deadline
    this.policy.hit(slot)
    this.removals?.deliver()
  }

  /** Stores any entry. One heavier than the whole cache may be is not kept, nor what it replaces. */
  putDetailed(key: K, value: V, deadline: number, weight: number, details?: Details): void {
    this.sets++
    let slot = this.index.get(key)
    if (weight > this.maxWeight) {
      if (slot !== undefined) this.remove(slot, "replaced")
      this.removals?.add(key, value, "evicted")
      this.evictions++
      this.removals?.deliver()
      return
    }
    if (slot === undefined) {
      while (this.weight + weight > this.maxWeight && this.size > 0) this.evict()
      slot = this.#insert(key, value, deadline)
    } else {
      this.#replaced(slot)
      this.values[slot] = value
      this.deadlines[(slot << 1) | 1] = deadline
      this.policy.hit(slot)
    }
    if (details !== undefined) {
      this.details ??= []
      if (slot >= this.details.length) this.details.length = this.capacity
      this.details[slot] = details
    }
    if (this.weights !== undefined) {
      this.weight += weight - (this.weights[slot] ?? 0)
      if (slot >= this.weights.length) this.weights.length = this.capacity
      this.weights[slot] = weight
      while (this.weight > this.maxWeight) this.evict()
    }
    this.removals?.deliver()
  }

  /** Sees to the removal of expired entries; `deadline` is the earliest that was set. */
  watch(deadline: number, now: number): void {
    if (deadline < this.sweeper.next) this.sweeper.arm(deadline, now)
  }

  /** Removes one entry; the caller delivers. */
  remove(slot: number, reason: RemovalReason): void {
    this.removals?.add(this.keys[slot]!, this.values[slot]!, reason)
    this.#forget(slot)
    this.policy.removed(slot)
    this.release(slot)
  }

  /** Removes an entry that is gone and counts it. */
  expire(slot: number): void {
    this.expirations++
    this.remove(slot, this.details?.[slot]?.reason() ?? "expired")
  }

  /** Removes the entry that the policy names. */
  evict(): void {
    const slot = this.policy.victim()
    this.evictions++
    this.remove(slot, "evicted")
  }

  /** Removes all entries. */
  clear(): void {
    if (this.removals !== undefined) {
      for (const slot of this.policy.order()) {
        this.removals.add(this.keys[slot]!, this.values[slot]!, "cleared")
      }
    }
    if (this.details !== undefined)
      for (const slot of this.index.values()) this.details[slot]?.dropped()
    this.reset()
    this.details = undefined
    if (this.weights !== undefined) this.weights = []
    this.weight = 0
    this.#missed = undefined
    this.policy.clear()
    this.sweeper.stop()
    this.removals?.deliver()
  }

  sweep(from: number, to: number): number {
    const now = this.clock.now()
    let earliest = never
    for (let slot = from; slot < to; slot++) {
      const deadline = this.deadlines[(slot << 1) | 1]!
      if (deadline === never) continue
      const details = this.details?.[slot]
      if (details !== undefined ? details.state(now) === gone : deadline <= now) this.expire(slot)
      else earliest = Math.min(earliest, details === undefined ? deadline : details.due())
    }
    this.removals?.deliver()
    return earliest
  }

  #insert(key: K, value: V, deadline: number): number {
    if (this.size >= this.maxSize) this.evict()
    const slot = this.take(key, value, deadline)
    this.policy.inserted(slot)
    this.#missed = undefined
    return slot
  }

  #replaced(slot: number): void {
    this.removals?.add(this.keys[slot]!, this.values[slot]!, "replaced")
    if (this.details === undefined) return
    this.details[slot]?.dropped()
    this.details[slot] = undefined
  }

  #forget(slot: number): void {
    if (this.weights !== undefined) {
      this.weight -= this.weights[slot] ?? 0
      this.weights[slot] = 0
    }
    if (this.details === undefined) return
    this.details[slot]?.dropped()
    this.details[slot] = undefined
  }
}
