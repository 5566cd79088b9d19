import { PersistError } from "@persist/atomic"

/**
 * Counts a storage's running operations and open iterations, refuses new ones once it closes,
 * waits for the last operation and ends the iterations before anything is released.
 */
export class Lifecycle {
  readonly #owner: object
  readonly #closed = new AbortController()
  readonly #iterators = new Set<AsyncIterator<unknown>>()
  #running = 0
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined

  constructor(owner: object) {
    this.#owner = owner
  }

  /** Aborted as soon as `close` has been called. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** @throws `ERR_PERSIST_CLOSED` once `close` has been called. */
  assertOpen(operation: string): void {
    if (this.#closing === undefined) return
    throw new PersistError(
      "ERR_PERSIST_CLOSED",
      `${operation}: this ${this.#owner.constructor.name} is closed; open a new one.`,
    )
  }

  /** Begins one operation that `close` waits for; `leave` ends it. */
  enter(operation: string): void {
    this.assertOpen(operation)
    this.#running++
  }

  leave(): void {
    this.#running--
    if (this.#running === 0) this.#idle?.()
  }

  /** Takes one step of an iteration as an operation; `undefined` once the storage is closing. */
  async step<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T, unknown> | undefined> {
    if (this.#closing !== undefined) return undefined
    this.#iterators.add(iterator)
    this.#running++
    try {
      const result = await iterator.next()
      if (result.done) this.#iterators.delete(iterator)
      return result
    } catch (error) {
      this.#iterators.delete(iterator)
      throw error
    } finally {
      this.leave()
    }
  }

  /** Makes `close` end `iterator`, also when nobody takes a step of it. */
  hold(iterator: AsyncIterator<unknown>): void {
    this.#iterators.add(iterator)
  }

  /** Ends an iteration that was left early. */
  async finish(iterator: AsyncIterator<unknown>): Promise<void> {
    if (this.#iterators.delete(iterator)) await iterator.return?.()
  }

  /** Refuses what comes after, waits for what runs, then calls `release`; once, however often it is called. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(release)
    return this.#closing
  }

  async #close(release: () => Promise<void>): Promise<void> {
    // After this first wait #closing is set, so that an abort listener already sees a closed storage.
    await undefined
    this.#closed.abort()
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    // What an iteration throws as it ends is nobody's any more; the release must come in any case.
    await Promise.allSettled([...this.#iterators].map((iterator) => this.finish(iterator)))
    await release()
  }
}
