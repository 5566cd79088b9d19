import { throwIfAborted } from "@persist/core/options"

/**
 * Lets changes of one key go one after the other, in the order of the calls. Connections to a server overtake each
 * other: of two saves that nobody waited for, the earlier one could be what stays.
 */
export class KeyOrder {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `change` at once, or when those of `key` before it have settled, unless `signal` is aborted by then. */
  run<T>(key: string, signal: AbortSignal | undefined, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const inTurn = () => {
      throwIfAborted(signal, `Changing "${key}"`)
      return change()
    }
    const running = before === undefined ? change() : before.then(inTurn)
    const settled = running.then(nothing, nothing).then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    this.#last.set(key, settled)
    return running
  }
}

function nothing(): void {}
