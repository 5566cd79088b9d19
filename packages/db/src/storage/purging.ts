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

  /** Takes a write that will be something to remove: who removed first would let later writes overtake this one. */
  async after<T>(writing: Promise<T>): Promise<T> {
    const result = await writing
    if (this.#perishing++ % writesBetweenPurges === 0) await this.#purge()
    return result
  }

  async #purge(): Promise<void> {
    try {
      for (const { sql, values } of this.#listing.purge()) await this.#access.execute(sql, values)
    } catch (error) {
      // It waits until the next time: what was written is there. A session, though, the database has given up as a whole.
      if (this.#access.isInSession) throw error
    }
  }
}
