/**
 * Watches over how old the last word of the server is. What was said to be invalid before that word
 * is known here; what was since may not be, so after `limit` milliseconds everything counts as missed,
 * and again after each further `limit`, as what is cached meanwhile can become stale too.
 */
export class Silence {
  readonly #limit: number
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined
  #due = 0

  constructor(limit: number, onSilence: () => void) {
    this.#limit = limit
    this.#onSilence = onSilence
  }

  /** The server has answered something that was asked at `time`, by `performance.now()`. */
  broken(time: number): void {
    this.#due = time + this.#limit
    this.#timer ??= this.#arm()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.max(1, this.#due - performance.now())).unref()
  }

  #look(): void {
    const now = performance.now()
    if (now >= this.#due) {
      this.#due = now + this.#limit
      this.#onSilence()
    }
    if (this.#timer !== undefined) this.#timer = this.#arm()
  }
}
