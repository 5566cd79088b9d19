/**
 * Asks once for all watches that ask the same in one turn of the event loop: what wakes up one of them wakes up all,
 * and there may be thousands.
 */
export class Questions {
  readonly #waiting = new Map<string, Promise<unknown>>()

  /** @param what The same for what can be answered together. */
  ask<T>(what: string, question: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(what)
    if (waiting !== undefined) return waiting as Promise<T>
    // Sent at the end of the turn: whoever was woken up in it must be told of what woke it up.
    const answer = new Promise((resolve) => setImmediate(resolve)).then(() => {
      this.#waiting.delete(what)
      return question()
    })
    this.#waiting.set(what, answer)
    return answer
  }
}
