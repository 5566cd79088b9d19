const sectionBits = 12
const sectionSize = 2 ** sectionBits

/**
 * A list that only grows, in sections: one array that grows to tens of thousands of elements is copied
 * again and again into fresh memory, which costs three times as much.
 */
export class LongList<T> {
  readonly #sections: T[][] = [[]]
  #last: T[] = this.#sections[0]!
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: T): void {
    const place = this.#length++ & (sectionSize - 1)
    // The first one grows, so that a short list stays small.
    if (place === 0 && this.#length > 1) {
      this.#last = new Array(sectionSize)
      this.#sections.push(this.#last)
    }
    this.#last[place] = value
  }

  /** The value at a place before `length`. */
  at(place: number): T {
    return this.#sections[place >> sectionBits]![place & (sectionSize - 1)] as T
  }
}
