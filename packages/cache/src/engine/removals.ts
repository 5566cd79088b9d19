import type { EngineClock } from "./clock.ts"

/** Why an entry left the cache. */
export type RemovalReason =
  | "evicted"
  | "expired"
  | "deleted"
  | "replaced"
  | "cleared"
  | "invalidated"

/** Hears of every value that leaves the cache, after the operation that removed it is complete. */
export type RemovalListener<K, V> = (key: K, value: V, reason: RemovalReason) => void

/** What becomes of an error that fails no call and that nobody asked to hear of. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** `listener`, whose own errors are thrown uncaught, and not into the work that it only hears of. */
export function guarded(listener: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      listener(error)
    } catch (thrown) {
      throwLater(thrown)
    }
  }
}

/**
 * Delivers removals after the mutation. What a listener itself causes is delivered after the next
 * operation or in a later turn of the event loop, so that one which puts entries back neither
 * recurses nor stops the program.
 */
export class Removals<K, V> {
  readonly #listener: RemovalListener<K, V>
  readonly #clock: EngineClock
  readonly #onError: (error: unknown) => void
  #waiting: [K, V, RemovalReason][] = []
  #delivering = false
  #scheduled = false

  constructor(
    listener: RemovalListener<K, V>,
    clock: EngineClock,
    onError: (error: unknown) => void,
  ) {
    this.#listener = listener
    this.#clock = clock
    this.#onError = onError
  }

  add(key: K, value: V, reason: RemovalReason): void {
    this.#waiting.push([key, value, reason])
  }

  deliver(): void {
    if (this.#delivering || this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#delivering = true
    try {
      for (const [key, value, reason] of batch) {
        try {
          this.#listener(key, value, reason)
        } catch (error) {
          this.#onError(error)
        }
      }
    } finally {
      this.#delivering = false
    }
    if (this.#waiting.length > 0) this.#deliverLater()
  }

  #deliverLater(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const run = () => {
      this.#scheduled = false
      this.deliver()
    }
    if (this.#clock.schedule(run, 0) === undefined) setImmediate(run).unref()
  }
}
