import { never } from "./clock.ts"

/** The sentinel included. */
const smallest = 17
const doublingBelow = 4_096

/**
 * Entries as numbered slots over parallel arrays: one 16-byte record per slot holds what the policy
 * keeps of it and its deadline, so that a hit touches one cache line of it. Slot 0 is no entry.
 */
export class Slots<K, V> {
  /** @internal Slot of every key. */
  readonly index: Map<K, number> = new Map()
  /** @internal */
  declare slotKeys: K[]
  /** @internal */
  declare slotValues: V[]
  /** @internal Stride 4: the first two words of a record are the policy's, the deadline lies in the other two. The first is negative while the slot is free. */
  declare links: Int32Array
  /** @internal Stride 2: `(slot << 1) | 1`. `Infinity` is never, `-Infinity` asks the entry's details. */
  declare deadlines: Float64Array
  /** @internal Slots that fit, the sentinel included. */
  declare capacity: number
  /** @internal Slots ever used since the last `reset`, the sentinel included. */
  declare used: number
  readonly #most: number
  #free!: number

  constructor(most: number) {
    this.#most = most
    this.reset()
  }

  /** @internal Forgets everything and gives the memory back. */
  reset(): void {
    this.index.clear()
    this.used = 1
    this.#free = 0
    this.capacity = 0
    this.links = new Int32Array()
    // Something that is no number in front keeps the engine from specialising the arrays to numbers.
    this.slotKeys = [undefined as K]
    this.slotValues = [undefined as V]
    this.#grow()
  }

  /** @internal Takes a slot for a key that has none; value and deadline are the caller's to write. */
  take(key: K): number {
    let slot = this.#free
    if (slot !== 0) this.#free = ~this.links[slot << 2]!
    else {
      slot = this.used
      if (slot === this.capacity) this.#grow()
      this.used = slot + 1
    }
    return this.give(slot, key)
  }

  /** @internal */
  give(slot: number, key: K): number {
    this.slotKeys[slot] = key
    this.index.set(key, slot)
    return slot
  }

  /** @internal Gives a slot back; nothing of its entry is retained. */
  release(slot: number): void {
    this.index.delete(this.slotKeys[slot]!)
    this.slotKeys[slot] = undefined as K
    this.slotValues[slot] = undefined as V
    this.deadlines[(slot << 1) | 1] = never
    this.links[slot << 2] = ~this.#free
    this.#free = slot
  }

  #grow(): void {
    const factor = this.capacity < doublingBelow ? 2 : 1.25
    const capacity = Math.min(this.#most + 1, Math.ceil(this.capacity * factor) || smallest)
    const links = new Int32Array(capacity * 4)
    links.set(this.links)
    this.links = links
    this.deadlines = new Float64Array(links.buffer)
    this.slotKeys.length = this.slotValues.length = capacity
    this.capacity = capacity
  }
}
