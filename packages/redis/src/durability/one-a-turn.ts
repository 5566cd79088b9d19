/**
 * Does one thing in each turn of the event loop. What is asked of a server because of one goes out before the next
 * begins, so the server has work meanwhile; all at once would leave it idle until the last one is done.
 */
export class OneATurn {
  readonly #waiting: (() => void)[] = []
  #isRunning = false

  /** Does `work` at once when nothing else was done in this turn. */
  add(work: () => void): void {
    this.#waiting.push(work)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#next()
  }

  #next(): void {
    const work = this.#waiting.shift()
    if (work === undefined) {
      this.#isRunning = false
      return
    }
    work()
    setImmediate(() => this.#next())
  }
}
