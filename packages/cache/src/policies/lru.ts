import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"

/** The highest slot there can be: times are below 2^30, so that time and slot together are below 2^53. */
const highestSlot = 2 ** 23

/**
 * Exact least recently used. A use writes one number, the time of it, into the record that the
 * look-up has in hand anyway; nothing is linked. When somebody has to go, all entries are lined up by
 * that time, and leave in this order unless they are used meanwhile. The next line is due when every
 * entry of this one has left or been used: constant time for each such operation, as amortised as
 * the growth of the `Map` beside it.
 */
class Lru implements Policy {
  readonly #table: SlotTable
  /** Of the waiting line, which lies in the second words of the records: the next, and the end. */
  #next = 0
  #end = 0
  /** What looking ahead has found: of no use, but that the engine must look to know it. */
  seen = 0
  /** When it was made: who was used later is no longer in it. */
  #madeAt = 0
  /** No entry was last used before. */
  #floor = 0

  constructor(table: SlotTable) {
    this.#table = table
  }

  inserted(slot: number): void {
    this.#table.links[slot << 2] = this.#table.tick()
  }

  hit(slot: number): void {
    this.inserted(slot)
  }

  removed(): void {}

  victim(): number {
    const { links, slotKeys } = this.#table
    for (;;) {
      while (this.#next < this.#end) {
        if ((this.#next & 15) === 0 && this.#next + 15 < this.#end) {
          this.seen = lookAhead(links, slotKeys, this.#next)
        }
        const slot = links[(this.#next++ << 2) | 1]!
        const used = links[slot << 2]!
        if (used > 0 && used <= this.#madeAt) return slot
      }
      this.#floor = this.#madeAt
      this.#lineUp()
    }
  }

  clear(): void {
    this.#next = this.#end = this.#madeAt = this.#floor = 0
  }

  order(): number[] {
    this.#lineUp()
    const { links } = this.#table
    return Array.from({ length: this.#end }, (_, at) => links[(at << 2) | 1]!).reverse()
  }

  restart(): number {
    const { links } = this.#table
    let time = 0
    for (const slot of this.order().reverse()) links[slot << 2] = ++time
    this.clear()
    return time
  }

  /** Sorts all entries; times that lie close together, as they do while much is replaced, are places in a table. */
  #lineUp(): void {
    const { links, index } = this.#table
    const now = this.#table.tick()
    const span = now - this.#floor
    let places: Int32Array
    if (span < 8 * index.size) {
      places = span > kept.length ? new Int32Array(span) : kept.subarray(0, span).fill(0)
      place(links, this.#floor, places)
    } else {
      const both = new Float64Array(index.size)
      let at = 0
      for (const slot of index.values()) both[at++] = links[slot << 2]! * highestSlot + slot - 1
      places = new Int32Array(at)
      at = 0
      for (const one of both.sort()) places[at++] = ((one % highestSlot) + 1) << 2
    }
    this.#end = compact(places, links)
    this.#next = 0
    this.#madeAt = now
  }
}

/** For the lines of all caches, one after the other: making it anew took as long as filling it. */
const kept: Int32Array = /* @__PURE__ */ new Int32Array(2 ** 16)

// One loop to a function: a line is made so seldom that the engine replaces the code while a loop runs, and what
// it has then compiled knows nothing of the code behind the loop and is thrown away there, every time. They ask for
// a length once: where they end up inside their caller, which is compiled in haste, each asking is a call.

/**
 * Asks memory for the records and keys of the next sixteen at once, as each answer would be waited for in `victim`; those
 * that came one after the other lie so, and the processor fetches them by itself.
 */
function lookAhead(links: Int32Array, keys: readonly unknown[], from: number): number {
  const end = from + 16
  let seen = links[(end << 2) - 3]! - links[(from << 2) | 1]!
  if (seen === 15) return seen
  for (let at = from; at < end; at++) {
    const slot = links[(at << 2) | 1]!
    seen ^= links[slot << 2]!
    if (typeof keys[slot] === "number") seen++
  }
  return seen
}

/** Puts down where each record begins. */
function place(links: Int32Array, floor: number, places: Int32Array): void {
  const end = links.length
  for (let at = 4; at < end; at += 4) {
    const used = links[at]!
    if (used > 0) places[used - floor] = at
  }
}

/** Without a branch: most places are empty, and none knows which. Tells how many are not. */
function compact(places: Int32Array, links: Int32Array): number {
  const span = places.length
  let end = 1
  for (let at = 0; at < span; at++) {
    const record = places[at]!
    links[end] = record >> 2
    end += (-record >>> 31) << 2
  }
  return end >> 2
}

/** Evicts exactly the least recently used entry; the default. */
export const lru: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable): Policy => new Lru(table),
  { policyName: "lru" },
)
