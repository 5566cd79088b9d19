import { FrequencySketch } from "./frequency-sketch.ts"
import { hash, mix } from "./hash.ts"
import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"
import { SlotList } from "./slot-list.ts"

const inWindow = 0
const inProbation = 1
const inProtected = 2
const mostMoved = 1_024

/**
 * W-TinyLFU: new entries pass through an LRU window, and get from there into the segmented main part only
 * when they were seen more often than the one they would displace (Einziger, Friedman, Manes:
 * TinyLFU: a highly efficient cache admission policy, 2017). With a window of everything it is LRU.
 */
export class WindowTinyLfu implements Policy {
  /** Part of the entries that the window holds, above 0 and up to 1. */
  windowPart: number
  /** How many entries there is room for. */
  room: number
  readonly #table: SlotTable
  readonly #capacity: number
  readonly #window: SlotList
  readonly #probation: SlotList
  readonly #protected: SlotList
  #sketch = new FrequencySketch(0)
  #hashes = new Int32Array(0)
  #places = new Uint8Array(0)
  #tosses = 1

  constructor(table: SlotTable, capacity: number, windowPart: number) {
    this.#table = table
    this.#capacity = capacity
    this.room = capacity
    this.windowPart = windowPart
    this.#window = new SlotList(table)
    this.#probation = new SlotList(table)
    this.#protected = new SlotList(table)
  }

  /** The hash of the key in `slot`. */
  hashOf(slot: number): number {
    return this.#hashes[slot]!
  }

  inserted(slot: number): void {
    const { capacity, slotKeys } = this.#table
    if (this.#places.length < capacity) this.#grow(capacity)
    const hashed = hash(slotKeys[slot])
    this.#hashes[slot] = hashed
    this.#places[slot] = inWindow
    this.#sketch.increment(hashed)
    this.#window.push(slot)
    const { size } = this.#table.index
    this.#shrinkWindow(Math.max(size, Math.min(this.room, 2 * size)))
  }

  hit(slot: number): void {
    this.#sketch.increment(this.#hashes[slot]!)
    const place = this.#places[slot]!
    if (place === inWindow) this.#window.toFront(slot)
    else if (this.windowPart === 1) {
      // Plain LRU: what is used goes last, wherever it was when the window grew.
      this.removed(slot)
      this.#places[slot] = inWindow
      this.#window.push(slot)
    } else if (place === inProtected) this.#protected.toFront(slot)
    else {
      this.#probation.remove(slot)
      this.#places[slot] = inProtected
      this.#protected.push(slot)
      const most = (this.#table.index.size - this.#window.size) * 0.8
      while (this.#protected.size > most) this.#move(this.#protected, this.#probation, inProbation)
    }
  }

  removed(slot: number): void {
    const place = this.#places[slot]!
    if (place === inWindow) this.#window.remove(slot)
    else if (place === inProbation) this.#probation.remove(slot)
    else this.#protected.remove(slot)
  }

  victim(): number {
    const { size } = this.#table.index
    const most = this.#most(size)
    const victim = this.#probation.tail !== 0 ? this.#probation.tail : this.#protected.tail
    if (victim === 0) return this.#window.tail
    // One entry is about to come into the window.
    if (this.#window.size < most) return victim
    const candidate = this.#window.tail
    if (!this.#admits(candidate, victim)) return candidate
    this.#move(this.#window, this.#probation, inProbation)
    return victim
  }

  clear(): void {
    this.#window.clear()
    this.#probation.clear()
    this.#protected.clear()
    this.#hashes = new Int32Array(0)
    this.#places = new Uint8Array(0)
  }

  order(): number[] {
    const order: number[] = []
    this.#protected.append(order)
    this.#window.append(order)
    this.#probation.append(order)
    return order
  }

  #most(size: number): number {
    return Math.max(1, Math.round(size * this.windowPart))
  }

  #admits(candidate: number, victim: number): boolean {
    const frequency = this.#sketch.frequency(this.#hashes[candidate]!)
    if (frequency > this.#sketch.frequency(this.#hashes[victim]!)) return true
    // Now and then at random, so that crafted keys cannot keep everybody out.
    if (frequency < 6) return false
    this.#tosses = mix(this.#tosses + 1)
    return (this.#tosses & 127) === 0
  }

  /** Moves what is too much for the window to the main part, oldest first. */
  #shrinkWindow(size: number): void {
    const most = this.#most(size)
    for (let moved = 0; this.#window.size > most && moved < mostMoved; moved++) {
      this.#move(this.#window, this.#probation, inProbation)
    }
  }

  #move(from: SlotList, to: SlotList, place: number): void {
    const slot = from.tail
    from.remove(slot)
    this.#places[slot] = place
    to.push(slot)
  }

  #grow(capacity: number): void {
    const hashes = new Int32Array(capacity)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const places = new Uint8Array(capacity)
    places.set(this.#places)
    this.#places = places
    if (this.#sketch.fits(capacity - 1)) return
    this.#sketch = new FrequencySketch(Math.min(this.#capacity, 2 * capacity))
    for (const slot of this.order()) this.#sketch.increment(hashes[slot]!)
  }
}

/** Makes W-TinyLFU with a window that stays as it is. */
export function fixedTinylfu(windowPart: number): PolicyFactory {
  return Object.assign(
    (table: SlotTable, capacity: number): Policy => new WindowTinyLfu(table, capacity, windowPart),
    { policyName: `tinylfu ${windowPart}` },
  )
}
