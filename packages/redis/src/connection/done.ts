/** A mutation found in the change log: it was done, and this is the id of its change. */
export class Done extends Error {
  readonly id: string

  constructor(id: string) {
    super("The operation was done; its answer was lost.")
    this.id = id
  }
}
