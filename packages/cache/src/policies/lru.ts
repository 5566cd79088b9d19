import type { Policy, PolicyFactory, SlotTable } from "./policy.ts"

/** Moves `slot` to the front. */
export function touch(links: Int32Array, slot: number): void {
  const head = links[1]!
  if (head === slot) return
  const at = slot << 2
  const previous = links[at]!
  const next = links[at | 1]!
  links[(previous << 2) | 1] = next
  links[next << 2] = previous
  links[at] = 0
  links[at | 1] = head
  links[head << 2] = slot
  links[1] = slot
}

/** Exact least recently used: one list, hottest first, through the sentinel. */
class Lru implements Policy {
  readonly #table: SlotTable

  constructor(table: SlotTable) {
    this.#table = table
  }

  inserted(slot: number): void {
    const { links } = this.#table
    const head = links[1]!
    links[slot << 2] = 0
    links[(slot << 2) | 1] = head
    links[head << 2] = slot
    links[1] = slot
  }

  hit(slot: number): void {
    touch(this.#table.links, slot)
  }

  removed(slot: number): void {
    const { links } = this.#table
    const previous = links[slot << 2]!
    const next = links[(slot << 2) | 1]!
    links[(previous << 2) | 1] = next
    links[next << 2] = previous
  }

  victim(): number {
    return this.#table.links[0]!
  }

  clear(): void {}

  order(): number[] {
    const { links, index } = this.#table
    const order = new Array<number>(index.size)
    for (let slot = links[1]!, at = 0; slot !== 0; slot = links[(slot << 2) | 1]!)
      order[at++] = slot
    return order
  }
}

/** Evicts exactly the least recently used entry; the default. */
export const lru: PolicyFactory = /* @__PURE__ */ Object.assign(
  (table: SlotTable): Policy => new Lru(table),
  { policyName: "lru" },
)
