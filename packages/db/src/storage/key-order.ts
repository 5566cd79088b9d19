import { unlessAborted } from "@persist/core/options"

/**
 * Lets changes of one key go one after the other, in the order of the calls. Connections to a server overtake each
 * other: of two saves that nobody waited for, the earlier one could be what stays.
 */
export class KeyOrder {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `change` at once, or when those of `key` before it have settled; `signal` ends that wait. */
  run<T>(key: string, signal: AbortSignal | undefined, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = before && signal ? unlessAborted(before, signal, `Changing "${key}"`) : before
    const running = turn === undefined ? change() : turn.then(change)
    // Of one that was aborted, those behind it wait on for the one before.
    const settled = Promise.allSettled([before, running]).then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    this.#last.set(key, settled)
    return running
  }
}
