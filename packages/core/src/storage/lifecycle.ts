import { PersistError } from "@persist/atomic"

/** Counts a storage's running operations, refuses new ones once it closes, and waits for the last. */
export class Lifecycle {
  readonly #owner: object
  readonly #closed = new AbortController()
  #running = 0
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined

  constructor(owner: object) {
    this.#owner = owner
  }

  /** Aborted as soon as `close` is called. */
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

  /** Runs one operation that `close` waits for. */
  async run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    this.assertOpen(operation)
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      if (this.#running === 0) this.#idle?.()
    }
  }

  /** Refuses what comes after, waits for what runs, then calls `release`; once, however often it is called. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(release)
    return this.#closing
  }

  async #close(release: () => Promise<void>): Promise<void> {
    // #closing is set when this first waits, so an abort listener already sees a closed storage.
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve
      if (this.#running === 0) resolve()
    })
    await Promise.resolve()
    this.#closed.abort()
    await idle
    await release()
  }
}
