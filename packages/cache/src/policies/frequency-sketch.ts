/**
 * How often keys were seen lately: a count-min sketch of 4-bit counters that are halved after every
 * ten look-ups per entry (Einziger, Friedman, Manes: TinyLFU, 2017). Eight bytes per entry.
 */
export class FrequencySketch {
  #counters: Int32Array
  #mask: number
  #sample: number
  #added = 0

  constructor(entries: number) {
    const words = 2 ** Math.ceil(Math.log2(Math.max(entries, 32))) * 2
    this.#counters = new Int32Array(words)
    this.#mask = words - 1
    this.#sample = 10 * Math.max(entries, 16)
  }

  /** Whether it is made for that many entries. */
  fits(entries: number): boolean {
    return entries * 2 <= this.#counters.length
  }

  frequency(hash: number): number {
    let least = 15
    for (let row = 0; row < 4; row++) {
      const word = this.#counters[this.#word(hash, row)]!
      const count = (word >>> shift(hash, row)) & 15
      if (count < least) least = count
    }
    return least
  }

  increment(hash: number): void {
    let added = false
    for (let row = 0; row < 4; row++) {
      const at = this.#word(hash, row)
      const by = shift(hash, row)
      const word = this.#counters[at]!
      if (((word >>> by) & 15) === 15) continue
      this.#counters[at] = word + (1 << by)
      added = true
    }
    if (added && ++this.#added >= this.#sample) this.#halve()
  }

  #word(hash: number, row: number): number {
    return (Math.imul(hash, seeds[row]!) >>> 7) & this.#mask
  }

  #halve(): void {
    for (let at = 0; at < this.#counters.length; at++) {
      this.#counters[at] = (this.#counters[at]! >>> 1) & 0x77777777
    }
    this.#added >>>= 1
  }
}

const seeds = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const

/** Which of the eight counters of its word a row uses. */
function shift(hash: number, row: number): number {
  return ((hash >>> (row * 3)) & 7) << 2
}
