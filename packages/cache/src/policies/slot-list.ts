import type { SlotTable } from "./policy.ts"

/** One of several lists through the links of a table; newest first. A slot is in one list at most. */
export class SlotList {
  size = 0
  head = 0
  tail = 0
  readonly #table: SlotTable

  constructor(table: SlotTable) {
    this.#table = table
  }

  push(slot: number): void {
    const { links } = this.#table
    links[slot << 2] = 0
    links[(slot << 2) | 1] = this.head
    if (this.head === 0) this.tail = slot
    else links[this.head << 2] = slot
    this.head = slot
    this.size++
  }

  remove(slot: number): void {
    const { links } = this.#table
    const previous = links[slot << 2]!
    const next = links[(slot << 2) | 1]!
    if (previous === 0) this.head = next
    else links[(previous << 2) | 1] = next
    if (next === 0) this.tail = previous
    else links[next << 2] = previous
    this.size--
  }

  toFront(slot: number): void {
    if (this.head === slot) return
    this.remove(slot)
    this.push(slot)
  }

  clear(): void {
    this.size = this.head = this.tail = 0
  }

  append(order: number[]): void {
    const { links } = this.#table
    for (let slot = this.head; slot !== 0; slot = links[(slot << 2) | 1]!) order.push(slot)
  }
}
