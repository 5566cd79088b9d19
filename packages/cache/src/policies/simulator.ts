import { never } from "../engine/clock.ts"
import { Slots } from "../engine/slots.ts"
import type { Policy, PolicyFactory } from "./policy.ts"

/** A cache of keys alone, to see what a policy would do. */
export class Simulator<K> extends Slots<K, undefined> {
  hits = 0
  misses = 0
  /** Most total weight. */
  maxWeight: number = never
  #weight = 0
  readonly #policy: Policy
  readonly #size: number
  time = 0

  constructor(policy: PolicyFactory, size: number) {
    super(size)
    this.#size = size
    this.#policy = policy(this, size)
  }

  tick(): number {
    // Moved on first, as the policy asks for the time while it begins anew.
    if (this.time === 0x3fffffff) {
      this.time++
      this.time = this.#policy.restart?.() ?? 0
    }
    return ++this.time
  }

  /** Looks `key` up and takes it in when it is not there; returns whether it was. */
  access(key: K, weight = 0): boolean {
    const slot = this.index.get(key)
    if (slot !== undefined) {
      this.#policy.hit(slot)
      this.hits++
      return true
    }
    this.misses++
    while (
      this.index.size >= this.#size ||
      (this.#weight + weight > this.maxWeight && this.index.size > 0)
    ) {
      this.#leave(this.#policy.victim())
    }
    const taken = this.take(key)
    // Nothing has a deadline here: the weight has its place.
    this.deadlines[(taken << 1) | 1] = weight
    this.#weight += weight
    this.#policy.inserted(taken)
    return false
  }

  delete(key: K): void {
    const slot = this.index.get(key)
    if (slot !== undefined) this.#leave(slot)
  }

  #leave(slot: number): void {
    this.#policy.removed(slot)
    this.#weight -= this.deadlines[(slot << 1) | 1]!
    this.release(slot)
  }
}
