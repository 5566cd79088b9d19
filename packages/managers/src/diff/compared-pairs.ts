/** Which values were compared with which. */
export class ComparedPairs {
  /** Nearly every value meets one other alone, which takes no set of its own. */
  readonly #first = new Map<unknown, unknown>()
  readonly #others = new Map<unknown, Set<unknown>>()

  /** @returns Whether it was not noted before. */
  note(a: unknown, b: unknown): boolean {
    if (!this.#first.has(a)) {
      this.#first.set(a, b)
      return true
    }
    const others = this.#others.get(a) ?? new Set()
    if (this.#first.get(a) === b || others.has(b)) return false
    this.#others.set(a, others.add(b))
    return true
  }
}
