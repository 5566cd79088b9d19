// Characters: far from the longest string, and as much as one write takes at a good pace.
const mostAtOnce = 1 << 24

/** Lines that are written together. */
export class Batch {
  /** Settles with the write of all of them. */
  readonly written: Promise<void>
  #lines: string[]
  #size: number
  #isTaken = false

  /** @param turn Until then more lines may come. */
  constructor(line: string, turn: Promise<void>, write: (text: string) => Promise<void>) {
    this.#lines = [line]
    this.#size = line.length
    this.written = turn.then(() => {
      this.#isTaken = true
      const text = `${this.#lines.join("\n")}\n`
      this.#lines = []
      return write(text)
    })
  }

  /** Whether the next line must go into another one. */
  get isFull(): boolean {
    return this.#isTaken || this.#size >= mostAtOnce
  }

  add(line: string): Promise<void> {
    this.#lines.push(line)
    this.#size += line.length
    return this.written
  }
}
