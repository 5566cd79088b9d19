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

  /** Looks `key` up and takes it in when it is not there; returns 1 when it was, else 0. */
  access(key: K, weight = 0): 0 | 1 {
    let slot = this.index.get(key)
    if (slot !== undefined) {
      this.#policy.hit(slot)
      this.hits++
      return 1
    }
    this.misses++
    while (
      this.index.size >= this.#size ||
      (this.#weight + weight > this.maxWeight && this.index.size > 0)
    ) {
      slot = this.#policy.victim()
      this.#policy.removed(slot)
      this.#weight -= this.deadlines[(slot << 1) | 1]!
      this.release(slot)
    }
    slot = this.take(key)
    // Nothing has a deadline here: the weight has its place.
    this.deadlines[(slot << 1) | 1] = weight
    this.#weight += weight
    this.#policy.inserted(slot)
    return 0
  }

  /** Forgets the keys and gives their memory back; hits and misses stay. */
  clear(): void {
    this.reset()
    this.#weight = 0
    this.#policy.clear()
  }
}
