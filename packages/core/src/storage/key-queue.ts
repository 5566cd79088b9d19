import { PersistError } from "@persist/atomic"
import { abortedError, throwIfAborted } from "@persist/atomic/options"
import type { ContentionLimits } from "./contention.ts"

/**
 * Lets one piece of work per key run at a time, in the order of the calls. Without it, many updates
 * of one key in one process would meet each other at every attempt: a number of attempts that grows
 * with the square of theirs.
 */
export class KeyQueue {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** How many keys somebody works on or waits for. */
  get size(): number {
    return this.#tails.size
  }

  /**
   * Waits for the work before, then runs `work` with what is left of the time.
   *
   * @throws `ERR_PERSIST_TIMEOUT`, `ERR_PERSIST_ABORTED`; the work behind then waits on for the work before.
   */
  async run<T>(
    key: string,
    what: string,
    limits: ContentionLimits,
    work: (limits: ContentionLimits) => Promise<T>,
  ): Promise<T> {
    const before = this.#tails.get(key)
    const { promise: done, resolve: finish } = Promise.withResolvers<void>()
    const tail = before === undefined ? done : before.then(() => done)
    this.#tails.set(key, tail)
    // Whoever gives up waiting leaves the work before it to the one behind.
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    const began = performance.now()
    try {
      if (before !== undefined) await turn(before, what, limits)
      const timeout = Math.max(0, limits.timeout - (performance.now() - began))
      return await work({ timeout, signal: limits.signal })
    } finally {
      finish()
    }
  }
}

function turn(before: Promise<unknown>, what: string, limits: ContentionLimits): Promise<void> {
  const { timeout, signal } = limits
  throwIfAborted(signal, what)
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", onAbort)
      act()
    }
    const onAbort = () => settle(() => reject(abortedError(signal!, what)))
    const timer = setTimeout(() => {
      const message = `${what} waited ${timeout} ms for the updates of the same key before it; make their changes quicker or raise "timeout".`
      settle(() => reject(new PersistError("ERR_PERSIST_TIMEOUT", message)))
    }, timeout)
    signal?.addEventListener("abort", onAbort, { once: true })
    before.then(() => settle(resolve))
  })
}
