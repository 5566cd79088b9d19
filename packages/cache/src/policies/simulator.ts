import { Slots } from "../engine/slots.ts"
import type { Policy, PolicyFactory } from "./policy.ts"

/** A cache of keys alone, to see what a policy would do. */
export class Simulator<K> extends Slots<K, undefined> {
  hits = 0
  misses = 0
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
  access(key: K): boolean {
    const slot = this.index.get(key)
    if (slot !== undefined) {
      this.#policy.hit(slot)
      this.hits++
      return true
    }
    this.misses++
    if (this.index.size >= this.#size) this.#leave(this.#policy.victim())
    this.#policy.inserted(this.take(key))
    return false
  }

  delete(key: K): void {
    const slot = this.index.get(key)
    if (slot !== undefined) this.#leave(slot)
  }

  #leave(slot: number): void {
    this.#policy.removed(slot)
    this.release(slot)
  }
}
