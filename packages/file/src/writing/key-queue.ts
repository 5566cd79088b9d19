/** Runs the work on each key in order, one at a time; different keys do not wait for each other. */
export class KeyQueue {
  readonly #tails = new Map<string, Promise<unknown>>()

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const result = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, result)
    const done = () => {
      if (this.#tails.get(key) === result) this.#tails.delete(key)
    }
    result.then(done, done)
    return result
  }

  /** Resolves when what runs or waits now has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#tails.values())
  }
}
