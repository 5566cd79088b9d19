import { lru, touch } from "../policies/lru.ts"
import type { Policy, PolicyFactory } from "../policies/policy.ts"
import { type Clock, EngineClock, onlyInfinity } from "./clock.ts"
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
  /** @internal The earliest deadline that the sweeper knows of. */
  watched: number = never
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
  /** The string last looked up in vain: storing it next, as nearly every miss does, needs no second look-up. */
  #missed: K | undefined
  #sought = false

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
    if (this.watched !== never && this.watched <= this.clock.now()) this.prune()
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

  // Hot, so numbers stand for names: 5,000 is `exactWithin`, every 256th set reads the clock, 0x7fefffff is `onlyInfinity`.
  /** @internal Stores an entry without details or weight for `ttl`, which may be `Infinity`. */
  put(key: K, value: V, ttl: number): void {
    const slot = this.#sought && key === this.#missed ? undefined : this.index.get(key)
    const sets = this.sets + 1
    this.sets = sets
    let deadline = never
    if (ttl !== never) {
      const clock = this.clock
      const lax = this.horizon < 0x7fefffff && ttl > 5_000 && (sets & 255) !== 0
      const now = lax ? clock.last : clock.now()
      deadline = now + ttl
      if (deadline < this.watched) this.sweeper.arm(deadline, now)
    }
    if (slot === undefined) this.#insert(key, value, deadline)
    else {
      if (this.rich) this.#replaced(slot)
      this.slotValues[slot] = value
      this.deadlines[(slot << 1) | 1] = deadline
      if (this.exact) touch(this.links, slot)
      else this.policy.hit(slot)
    }
    if (this.rich) this.removals?.deliver()
  }

  /** @internal Stores any entry. One heavier than the whole cache may be is not kept, nor what it replaces. */
  putDetailed(key: K, value: V, deadline: number, weight: number, details?: Details): void {
    this.sets++
    let slot = this.index.get(key)
    if (weight > this.maxWeight) {
      if (slot !== undefined) this.remove(slot, "replaced")
      details?.dropped()
      this.removals?.add(key, value, "evicted")
      this.evictions++
      this.removals?.deliver()
      return
    }
    if (slot === undefined) {
      while (this.totalWeight + weight > this.maxWeight && this.index.size > 0) this.evict()
      slot = this.#insert(key, value, deadline)
    } else {
      this.#replaced(slot)
      this.slotValues[slot] = value
      this.deadlines[(slot << 1) | 1] = deadline
      this.policy.hit(slot)
    }
    if (details !== undefined) {
      this.rich = true
      this.details ??= []
      if (slot >= this.details.length) this.details.length = this.capacity
      this.details[slot] = details
    }
    if (this.weights !== undefined) {
      this.totalWeight += weight - (this.weights[slot] ?? 0)
      if (slot >= this.weights.length) this.weights.length = this.capacity
      this.weights[slot] = weight
      while (this.totalWeight > this.maxWeight) this.evict()
    }
    this.removals?.deliver()
  }

  /** @internal Sees to the removal of expired entries; `deadline` is the earliest that was set. */
  watch(deadline: number, now: number): void {
    if (deadline < this.watched) this.sweeper.arm(deadline, now)
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

  /** @internal Removes the entry that the policy names. */
  evict(): void {
    const slot = this.policy.victim()
    this.evictions++
    this.remove(slot, "evicted")
  }

  /** Removes everything and retains nothing; the counters go on. */
  clear(): void {
    if (this.removals !== undefined) {
      for (const slot of this.policy.order()) {
        this.removals.add(this.slotKeys[slot]!, this.slotValues[slot]!, "cleared")
      }
    }
    if (this.details !== undefined)
      for (const slot of this.index.values()) this.details[slot]?.dropped()
    this.reset()
    this.details = undefined
    if (this.weights !== undefined) this.weights = []
    this.totalWeight = 0
    this.#missed = undefined
    this.#sought = false
    this.policy.clear()
    this.sweeper.stop()
    this.removals?.deliver()
  }

  /** Removes the expired entries now and tells how many. */
  prune(): number {
    const before = this.expirations
    const now = this.clock.now()
    this.sweeper.stop()
    const earliest = this.sweep(1, this.used)
    if (earliest < this.watched) this.sweeper.arm(earliest, now)
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

  /** @internal */
  miss(key: K): 0 {
    this.misses++
    this.#sought = typeof key === "string"
    if (this.#sought) this.#missed = key
    return 0
  }

  /** Keeps the counters that are tested bit by bit small integers. */
  #carry(): void {
    if (this.hits < 0x20000000 && this.sets < 0x20000000) return
    this.earlierHits += this.hits
    this.earlierSets += this.sets
    this.hits = this.sets = 0
  }

  #insert(key: K, value: V, deadline: number): number {
    this.#sought = false
    if (this.index.size >= this.maxSize) {
      if (this.exact && !this.rich) {
        const slot = this.links[0]!
        this.evictions++
        this.retake(slot, key, value, deadline)
        touch(this.links, slot)
        return slot
      }
      this.evict()
    }
    const slot = this.take(key, value, deadline)
    this.policy.inserted(slot)
    return slot
  }

  #replaced(slot: number): void {
    this.removals?.add(this.slotKeys[slot]!, this.slotValues[slot]!, "replaced")
    if (this.details === undefined) return
    this.details[slot]?.dropped()
    this.details[slot] = undefined
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
