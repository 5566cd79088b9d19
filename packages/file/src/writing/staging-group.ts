/**
 * Changes that are staged at the same time and then take effect together. While a file system commits
 * one change's sync to its journal, another's rename has to wait; after all syncs, the renames cost
 * little and one sync of the folder serves them all.
 */
class StagingGroup {
  readonly #complete: PromiseWithResolvers<void> = Promise.withResolvers()
  #staging = 0

  join(): void {
    this.#staging++
  }

  /** One member is staged, or gave up. */
  leave(): Promise<void> | undefined {
    this.#staging--
    if (this.#staging > 0) return this.#complete.promise
    this.#complete.resolve()
    return undefined
  }
}

/** Forms groups: whoever begins before the first of a group is staged belongs to it. */
export class StagingGroups {
  #open: StagingGroup | undefined

  /**
   * Joins a group. @returns What to call, once, when the member is staged or has failed; what it
   * returns is to be waited for before the commit, if anything.
   */
  join(): () => Promise<void> | undefined {
    this.#open ??= new StagingGroup()
    const group = this.#open
    group.join()
    return () => {
      if (this.#open === group) this.#open = undefined
      return group.leave()
    }
  }
}
