import { touch } from "../policies/lru.ts"
import type { Details } from "./details.ts"
import { Entries } from "./entries.ts"

const never = Number.POSITIVE_INFINITY

/**
 * The bare cache: keys in slots, deadlines, weights, counters. Arguments are positional and times are
 * milliseconds of its clock; the classes that users see turn options into them.
 */
export class Engine<K, V> extends Entries<K, V> {
  /** The string last looked up in vain: storing it next, as nearly every miss does, needs no second look-up. */
  #missed: K | undefined
  #sought = false

  // Hot, so numbers stand for names: 5,000 is `exactWithin`, every 256th set reads the clock, 0x7fefffff is `onlyInfinity`.
  /** @internal Stores an entry without details or weight for `ttl`, which may be `Infinity`. */
  put(key: K, value: V, ttl: number): void {
    const slot = this.#sought && key === this.#missed ? undefined : this.index.get(key)
    const sets = this.sets + 1
    this.sets = sets
    let deadline = never
    if (ttl !== never) {
      const { times } = this
      const lax = this.horizon < 0x7fefffff && ttl > 5_000 && (sets & 255) !== 0
      const now = lax ? times[0]! : this.clock.now()
      deadline = now + ttl
      if (deadline < times[1]!) this.sweeper.arm(deadline, now)
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

  /** @internal */
  miss(key: K): 0 {
    this.misses++
    this.#sought = typeof key === "string"
    if (this.#sought) this.#missed = key
    return 0
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
}
