import { never } from "./clock.ts"
import { fresh } from "./details.ts"
import { Entries } from "./entries.ts"

/**
 * The bare cache: keys in slots, deadlines, weights, counters. Arguments are positional and times are
 * milliseconds of its clock; the classes that users see turn options into them.
 */
export class Engine<K, V> extends Entries<K, V> {
  /** @internal The string last looked up in vain: storing it next, as nearly every miss does, needs no second look-up. */
  missed: K | undefined
  /** @internal */
  sought = false

  /** @internal */
  slotOf(key: K): number | undefined {
    return this.sought && key === this.missed ? undefined : this.index.get(key)
  }

  /** @internal Stores an entry without details or weight for the default lifetime. */
  put(key: K, value: V): void {
    if (((this.age + 1) & this.steady) === 0) this.#renew()
    this.putDetailed(key, value, this.times[2]!)
    this.deliver()
  }

  /** @internal Stores an entry for any lifetime and returns its slot. */
  putDetailed(key: K, value: V, deadline: number): number {
    this.age++
    this.carry()
    let slot = this.slotOf(key)
    if (slot === undefined) {
      slot = this.insert(key)
      this.policy.inserted(slot)
    } else {
      this.leaves(slot, "replaced", value)
      this.policy.hit(slot)
    }
    this.slotValues[slot] = value
    this.deadlines[(slot << 1) | 1] = deadline
    return slot
  }

  /** @internal Removes an entry for want of room; the one that the policy names where none is given. */
  evict(slot: number = this.policy.victim()): void {
    this.evictions++
    this.remove(slot, "evicted")
  }

  /** Removes everything and retains nothing; the counters go on. */
  clear(): void {
    this.reset()
    this.missed = undefined
    this.sought = false
    this.policy.clear()
    this.sweeper.stop()
  }

  /** @internal */
  miss(key: K): void {
    this.misses++
    this.sought = typeof key === "string"
    if (this.sought) this.missed = key
  }

  /** @internal `get` where it takes more than a glance: a miss, an entry to be judged, another policy than LRU. */
  find<F>(key: K, slot: number | undefined, fallback: F): V | F {
    if (slot === undefined) {
      this.miss(key)
      return fallback
    }
    const exactly = this.links[(slot << 2) | 3]! <= this.horizon || (this.hits & 255) === 255
    if (exactly && this.judge(slot, true) !== fresh) {
      this.misses++
      return fallback
    }
    this.hits++
    this.carry()
    this.policy.hit(slot)
    return this.slotValues[slot]!
  }

  /** @internal A slot of `key`'s own, for the caller to fill. */
  insert(key: K): number {
    this.sought = false
    if (this.index.size < this.maxSize) return this.take(key)
    if (this.rich || !this.exact) {
      this.evict()
      return this.take(key)
    }
    const slot = this.policy.victim()
    this.evictions++
    this.index.delete(this.slotKeys[slot]!)
    return this.give(slot, key)
  }

  /** Sees to the deadline that what is stored now shall have. */
  #renew(): void {
    this.carry()
    const now = this.ttl === never ? 0 : this.clock.now()
    const deadline = now + this.ttl
    this.times[2] = deadline
    this.watch(deadline, now)
    this.settle()
  }
}
