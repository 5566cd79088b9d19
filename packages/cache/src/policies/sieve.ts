import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"

/**
 * SIEVE: one queue by age; a hit sets one byte, and a hand walks from old to young, sparing what was
 * hit since it last passed (Zhang et al., SIEVE is simpler than LRU, NSDI 2024).
 */
class Sieve implements Policy {
  readonly #table: SlotTable
  #visited = new Uint8Array(0)
  #hand = 0

  constructor(table: SlotTable) {
    this.#table = table
  }

  inserted(slot: number): void {
    const { links, capacity } = this.#table
    if (this.#visited.length < capacity) {
      const visited = new Uint8Array(capacity)
      visited.set(this.#visited)
      this.#visited = visited
    }
    this.#visited[slot] = 0
    const head = links[1]!
    links[slot << 2] = 0
    links[(slot << 2) | 1] = head
    links[head << 2] = slot
    links[1] = slot
  }

  hit(slot: number): void {
    this.#visited[slot] = 1
  }

  removed(slot: number): void {
    const { links } = this.#table
    const younger = links[slot << 2]!
    const older = links[(slot << 2) | 1]!
    if (this.#hand === slot) this.#hand = younger
    links[(younger << 2) | 1] = older
    links[older << 2] = younger
  }

  victim(): number {
    const { links } = this.#table
    let slot = this.#hand === 0 ? links[0]! : this.#hand
    while (this.#visited[slot] === 1) {
      this.#visited[slot] = 0
      slot = links[slot << 2]!
      if (slot === 0) slot = links[0]!
    }
    this.#hand = slot
    return slot
  }

  clear(): void {
    this.#visited = new Uint8Array(0)
    this.#hand = 0
  }

  /** Youngest first. */
  order(): number[] {
    const { links } = this.#table
    const order: number[] = []
    for (let slot = links[1]!; slot !== 0; slot = links[(slot << 2) | 1]!) order.push(slot)
    return order
  }
}

/** Cheap hits and scan resistance; weak where what is used twice is never used again, and where much is deleted or expires. */
export const sieve: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable): Policy => new Sieve(table),
  { policyName: "sieve" },
)
