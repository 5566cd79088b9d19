import type { LeaseStore } from "../../lease/lease-store.ts"

/** A lease store under test, opened. */
export interface OpenLeases {
  readonly store: LeaseStore
  /** Another handle on the same leases, as another process would have. @default store */
  readonly other?: LeaseStore
  /** Lets milliseconds pass by the clock of the store. @default waits for so long */
  advance?(milliseconds: number): Promise<void>
  /** Releases what was opened. */
  close?(): Promise<void>
}

/** The lease store under test. */
export interface LeaseTarget {
  /** Heads the report, such as `"the leases of RedisStorage"`. */
  readonly name: string
  /** Opens a store without leases that shares nothing with another; the suite closes it. */
  open(): OpenLeases | Promise<OpenLeases>
}
