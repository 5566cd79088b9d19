import type { Logger } from "@persist/core"
import type { ListingPlans } from "./listing-plans.ts"
import type { StoreAccess } from "./store-access.ts"

const writesBetweenPurges = 500

/** Removes from a storage what has expired, now and then. */
export class Purging {
  readonly #access: StoreAccess
  readonly #listing: ListingPlans
  readonly #logger: Logger | undefined
  #perishing = 0

  constructor(access: StoreAccess, listing: ListingPlans, logger: Logger | undefined) {
    this.#access = access
    this.#listing = listing
    this.#logger = logger
  }

  /** Takes a write that will be something to remove: who removed first would let later writes overtake this one. */
  async after<T>(writing: Promise<T>): Promise<T> {
    const result = await writing
    if (this.#isTime()) {
      await this.#access.run(this.#listing.purge()).catch((error: unknown) => this.#failed(error))
    }
    return result
  }

  /** `after` for a write that did not wait. */
  afterNow<T>(result: T): T {
    if (!this.#isTime()) return result
    try {
      this.#access.now!.run(this.#listing.purge())
    } catch (error) {
      this.#failed(error)
    }
    return result
  }

  #isTime(): boolean {
    return this.#perishing++ % writesBetweenPurges === 0
  }

  #failed(error: unknown): void {
    // It waits until the next time: what was written is there. A session, though, the database has given up as a whole.
    if (this.#access.isInSession) throw error
    this.#logger?.warn?.("What has expired could not be removed; it is tried again later.", error)
  }
}
