import { PersistError } from "@persist/core"
import type { ListingPlans } from "./listing-plans.ts"
import type { StoreAccess } from "./store-access.ts"

const writesBetweenPurges = 500

/** Removes from a storage what has expired, now and then. */
export class Purging {
  readonly #access: StoreAccess
  readonly #listing: ListingPlans
  #perishing = 0

  constructor(access: StoreAccess, listing: ListingPlans) {
    this.#access = access
    this.#listing = listing
  }

  /** Before a write that will be something to remove. */
  async sometimes(): Promise<void> {
    if (this.#perishing++ % writesBetweenPurges !== 0) return
    try {
      for (const { sql, values } of this.#listing.purge()) await this.#access.execute(sql, values)
    } catch (error) {
      // It waits until the next time. A session, though, the database has given up as a whole.
      if (this.#access.isInSession || !isInTheWay(error)) throw error
    }
  }
}

/** Whether somebody else had what a statement would have locked. */
function isInTheWay(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_SERIALIZATION") ||
    PersistError.is(error, "ERR_PERSIST_BUSY")
  )
}
