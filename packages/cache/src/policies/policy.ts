/** What a policy sees of the entries. `links` and `slotKeys` are replaced when the table grows: read them anew each time. */
export interface SlotTable {
  /** Links of a slot to use freely: `links[slot << 2]` and `links[(slot << 2) | 1]`; slot 0 is no entry. */
  readonly links: Int32Array
  readonly slotKeys: readonly unknown[]
  /** How many slots there can be by now, slot 0 included. */
  readonly capacity: number
  /** The slots in use, by key. */
  readonly index: ReadonlyMap<unknown, number>
  /** Weights by slot, where they count; at 0 that of the entry being stored, whose slot has none yet. */
  readonly weights?: readonly number[] | undefined
  /** The most that they may come to. */
  readonly maxWeight?: number
  /** The time of a use: a whole number from 1 that rises with every use, and below 2^30. */
  tick(): number
}

/** Decides which entry goes when there is no room. Entries are numbered slots from 1. */
export interface Policy {
  /** A new entry has taken `slot`. */
  inserted(slot: number): void
  /** The entry in `slot` was read or overwritten. */
  hit(slot: number): void
  /** The entry in `slot` leaves, for whatever reason; its links are still as the policy left them. */
  removed(slot: number): void
  /** The entry to evict next; called only when there is one. `removed` follows. */
  victim(): number
  /** Every entry is gone. */
  clear(): void
  /** Every slot, the one to keep longest first. */
  order(): number[]
  /** For policies that keep times: time begins anew, and this tells at what number; 0 without it. */
  restart?(): number
}

/** Makes a policy; `capacity` is the most entries there will be. */
export interface PolicyFactory {
  (table: SlotTable, capacity: number): Policy
  readonly policyName: string
}
