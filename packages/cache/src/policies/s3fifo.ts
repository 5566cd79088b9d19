import { hash } from "./hash.ts"
import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"
import { SlotList } from "./slot-list.ts"

const inMain = 4
const most = 3

/**
 * S3-FIFO: a small queue that new entries must leave with a hit to reach the main queue, and a memory of
 * the keys that did not (Yang et al., FIFO queues are all you need for cache eviction, SOSP 2023).
 */
class S3Fifo implements Policy {
  readonly #table: SlotTable
  readonly #small: SlotList
  readonly #main: SlotList
  /** Hashes of keys that left the small queue, oldest first. */
  readonly #ghosts = new Set<number>()
  /** The ghosts of some time ago, the oldest last: to look for the first of a set, the engine walks over all that have gone. */
  #line: number[] = []
  /** Hits, up to 3, and which queue. */
  #states = new Uint8Array(0)

  constructor(table: SlotTable) {
    this.#table = table
    this.#small = new SlotList(table)
    this.#main = new SlotList(table)
  }

  inserted(slot: number): void {
    const { capacity, slotKeys } = this.#table
    if (this.#states.length < capacity) {
      const states = new Uint8Array(capacity)
      states.set(this.#states)
      this.#states = states
    }
    if (this.#ghosts.delete(hash(slotKeys[slot]))) {
      this.#states[slot] = inMain
      this.#main.push(slot)
    } else {
      this.#states[slot] = 0
      this.#small.push(slot)
    }
  }

  hit(slot: number): void {
    const state = this.#states[slot]!
    if ((state & most) < most) this.#states[slot] = state + 1
  }

  removed(slot: number): void {
    if ((this.#states[slot]! & inMain) !== 0) this.#main.remove(slot)
    else this.#small.remove(slot)
  }

  victim(): number {
    for (;;) {
      const { size } = this.#table.index
      if (this.#small.size > 0 && (this.#small.size >= size / 10 || this.#main.size === 0)) {
        const slot = this.#small.tail
        if (this.#states[slot]! > 1) {
          this.#small.remove(slot)
          this.#states[slot] = inMain
          this.#main.push(slot)
          continue
        }
        this.#remember(hash(this.#table.slotKeys[slot]), size)
        return slot
      }
      const slot = this.#main.tail
      if ((this.#states[slot]! & most) === 0) return slot
      this.#states[slot]!--
      this.#main.toFront(slot)
    }
  }

  clear(): void {
    this.#small.clear()
    this.#main.clear()
    this.#ghosts.clear()
    this.#line = []
    this.#states = new Uint8Array(0)
  }

  order(): number[] {
    const order: number[] = []
    this.#main.append(order)
    this.#small.append(order)
    return order
  }

  #remember(ghost: number, size: number): void {
    this.#ghosts.add(ghost)
    while (this.#ghosts.size > size * 0.9) {
      if (this.#line.length === 0) this.#line = Array.from(this.#ghosts).reverse()
      this.#ghosts.delete(this.#line.pop()!)
    }
  }
}

/** Robust against scans; the safest of the policies that do not adapt. */
export const s3fifo: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable): Policy => new S3Fifo(table),
  { policyName: "s3fifo" },
)
