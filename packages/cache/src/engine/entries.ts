import { lru } from "../policies/lru.ts"
import type { Policy, PolicyFactory } from "../policies/policy.ts"
import { type Clock, EngineClock, exactWithin, never, onlyInfinity } from "./clock.ts"
import { fresh, gone } from "./details.ts"
import type { RemovalReason } from "./removals.ts"
import { Slots } from "./slots.ts"
import { Sweeper } from "./sweeper.ts"

/** Entries with deadlines and counters: who is still there, and how they leave. */
export class Entries<K, V> extends Slots<K, V> {
  /** @internal */
  readonly maxSize: number
  /** @internal */
  readonly clock: EngineClock
  /** @internal Deadlines whose upper half is greater need no reading of the clock. */
  horizon: number = onlyInfinity
  /** @internal The same where a hit needs nothing else either, else above every deadline. */
  quick: number = onlyInfinity
  /** @internal */
  readonly policy: Policy
  /** @internal */
  readonly sweeper: Sweeper
  /**
   * @internal The clock's last reading, the earliest deadline that the sweeper knows of, the deadline of what is
   * stored for the default lifetime, and the clock's own: in an array, as numbers in fields are boxed.
   */
  readonly times: Float64Array = new Float64Array([-never, never, never, 0])
  /** @internal The halves of `times`. */
  readonly halves: Int32Array = new Int32Array(this.times.buffer)
  /** @internal The default lifetime. */
  ttl: number = never
  /** @internal 255 while what is stored for the default lifetime needs neither a reading nor a call, but every 256th time; else 0. */
  steady = 0
  /** @internal The halves of `times[2]`. */
  low = 0
  /** @internal */
  high = 0
  /** @internal Whether the policy is plain LRU, whose few lines stand in the hot path itself. */
  readonly exact: boolean
  /** @internal Whether a set without options needs nothing but a deadline. */
  plain = true
  /** @internal Whether more than the plain record has to be kept up to date for any entry. */
  rich = false
  /** @internal Look-ups served since the last carry. */
  hits = 0
  /** @internal Values stored and further uses: `hits + age` is the time of the last use, and never goes back between two carries. */
  age = 0
  /** @internal How many more than values stored in all: the further uses, less what was stored before the last carry. */
  furtherUses = 0
  /** @internal */
  earlierHits = 0
  /** @internal */
  misses = 0
  /** @internal */
  evictions = 0
  /** @internal */
  expirations = 0

  constructor(maxSize: number, clock: (() => number) | Clock | undefined, policy: PolicyFactory) {
    super(maxSize)
    this.maxSize = maxSize
    this.exact = policy === lru
    this.clock = new EngineClock(clock, this)
    this.policy = policy(this, maxSize)
    this.sweeper = new Sweeper(this, this.clock)
  }

  /** Entries held. Counting looks for expired ones first, which takes a walk over all when a deadline has passed. */
  get size(): number {
    if (this.times[1] !== never && this.times[1]! <= this.clock.now()) this.prune()
    return this.index.size
  }

  /** @internal */
  tick(): number {
    this.furtherUses++
    // A plain set that is under way passes the number at which it would look at the clock: the next one does.
    if ((++this.age + 1) % 256 < 2) this.steady = 0
    return this.hits + this.age
  }

  /** @internal The slot of a fresh entry, or 0; counts nothing and changes no order. */
  look(key: K): number {
    const slot = this.index.get(key)
    return slot !== undefined && this.judge(slot) === fresh ? slot : 0
  }

  /** @internal The state of an entry by an exact reading of the clock; removes it when it is gone. */
  judge(slot: number, use = false): number {
    if (this.overOf(slot) === never) return fresh
    const state = this.stateOf(slot, this.clock.now(), use)
    if (state === gone) {
      this.expireSlot(slot)
      this.deliver()
    }
    return state
  }

  /** @internal Sees to the removal of expired entries; `deadline` is the earliest that was set. */
  watch(deadline: number, now: number): void {
    if (deadline < this.times[1]!) this.sweeper.arm(deadline, now)
  }

  /** @internal Removes one entry, for the sake of `by` where that replaces it; the caller delivers. */
  remove(slot: number, reason: RemovalReason, by?: V): void {
    this.leaves(slot, reason, by)
    this.policy.removed(slot)
    this.release(slot)
  }

  /** @internal Removes an entry that is gone and counts it. */
  expireSlot(slot: number): void {
    this.expirations++
    this.remove(slot, "expired")
  }

  /** Removes the expired entries now and tells how many. */
  prune(): number {
    const before = this.expirations
    const now = this.clock.now()
    this.sweeper.stop()
    this.watch(this.sweep(1, this.used), now)
    return this.expirations - before
  }

  /** @internal */
  sweep(from: number, to: number): number {
    const now = this.clock.now()
    let earliest = never
    for (let slot = from; slot < to; slot++) {
      const due = this.dueOf(slot)
      if (due === never) continue
      if (this.stateOf(slot, now) === gone) this.expireSlot(slot)
      else if (due < earliest) earliest = due
    }
    this.deliver()
    return earliest
  }

  /** @internal Keeps the counters of the hot path small integers, and times below 2^30: called at least every 512 uses. */
  carry(): void {
    if (this.hits + this.age < 0x3fff0000) return
    // The policy still reads the old time.
    const time = this.policy.restart?.() ?? 0
    this.earlierHits += this.hits
    this.furtherUses += time + 1 - this.age
    this.age = time + 1
    this.hits = 0
  }

  /** @internal Says what a plain `set` may do without a reading. */
  settle(): void {
    const { ttl, horizon } = this
    const lasting = ttl === never || (ttl > exactWithin && horizon < onlyInfinity)
    this.steady = lasting && this.exact && this.plain && !this.rich ? 255 : 0
    this.low = this.halves[4]!
    this.high = this.halves[5]!
  }

  // What weights, entries that are more than a deadline, and listeners need beside.

  /** @internal When the entry is gone unless it is used before. */
  dueOf(slot: number): number {
    return this.overOf(slot)
  }

  /** @internal When it stops being fresh, which is earlier where it may be served stale. */
  overOf(slot: number): number {
    return this.deadlines[(slot << 1) | 1]!
  }

  /** @internal */
  stateOf(slot: number, now: number, _use?: boolean): number {
    return now < this.overOf(slot) ? fresh : gone
  }

  /** @internal The entry in `slot` is about to leave or to be replaced, by the value `_by`. */
  leaves(_slot: number, _reason: RemovalReason, _by?: V): void {}

  /** @internal The operation is complete: who listens may hear of what has left. */
  deliver(): void {}
}
