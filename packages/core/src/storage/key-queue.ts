import { PersistError } from "@persist/atomic"
import { abortedError, longestTimer, throwIfAborted } from "@persist/atomic/options"
import { whenAborted } from "@persist/atomic/waiting"
import type { ContentionLimits } from "./contention.ts"

/**
 * Lets one piece of work per key run at a time, in the order of the calls. Without it, many updates
 * of one key in one process would meet each other at every attempt: a number of attempts that grows
 * with the square of theirs.
 */
export class KeyQueue {
  /** Who waits, by the key that somebody works on; `undefined` for nobody, which is usual. */
  readonly #waiting = new Map<string, Set<() => void> | undefined>()

  /** How many keys somebody works on or waits for. */
  get size(): number {
    return this.#waiting.size
  }

  /** Whether somebody works on `key` or waits for it. */
  has(key: string): boolean {
    return this.#waiting.has(key)
  }

  /**
   * Waits for the work before, then runs `work` with what is left of the time.
   *
   * @throws `ERR_PERSIST_TIMEOUT`, `ERR_PERSIST_ABORTED`; the work behind then waits on for the work before.
   */
  run<T>(
    key: string,
    what: string,
    limits: ContentionLimits,
    work: (limits: ContentionLimits) => Promise<T>,
  ): Promise<T> {
    if (this.#waiting.has(key)) return this.#runLater(key, what, limits, work)
    this.#waiting.set(key, undefined)
    try {
      return this.#run(key, limits, work)
    } catch (error) {
      // The stack is used up, also for a call of ours; the key would be held for ever.
      if (this.#waiting.get(key) === undefined) this.#waiting.delete(key)
      else this.#passOn(key)
      throw error
    }
  }

  /** A hot path: `finally` would make two promises more. */
  #run<T>(
    key: string,
    limits: ContentionLimits,
    work: (limits: ContentionLimits) => Promise<T>,
  ): Promise<T> {
    return begun(work, limits).then(
      (result) => {
        this.#passOn(key)
        return result
      },
      (error) => {
        this.#passOn(key)
        throw error
      },
    )
  }

  async #runLater<T>(
    key: string,
    what: string,
    limits: ContentionLimits,
    work: (limits: ContentionLimits) => Promise<T>,
  ): Promise<T> {
    const { timeout, signal } = limits
    const began = performance.now()
    throwIfAborted(signal, what)
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting)
    await turn(waiting, what, limits)
    const left = Math.max(0, Math.ceil(timeout - (performance.now() - began)))
    return this.#run(key, { timeout: left, signal }, work)
  }

  /** Gives the key to whoever has waited longest. */
  #passOn(key: string): void {
    const next = this.#waiting.get(key)?.values().next().value
    if (next === undefined) this.#waiting.delete(key)
    else next()
  }
}

/** What `work` throws before it first waits counts as what its promise would have thrown. */
function begun<T>(
  work: (limits: ContentionLimits) => Promise<T>,
  limits: ContentionLimits,
): Promise<T> {
  try {
    return work(limits)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Resolves when it is called from `waiting`; whoever gives up leaves it. */
function turn(waiting: Set<() => void>, what: string, limits: ContentionLimits): Promise<void> {
  const { timeout, signal } = limits
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      waiting.delete(begin)
      clearTimeout(timer)
      stop?.()
      act()
    }
    const begin = () => settle(resolve)
    const onAbort = () => settle(() => reject(abortedError(signal!, what)))
    const onTimeout = () => {
      const message = `${what} waited ${timeout} ms for the updates of the same key before it; make their changes quicker or raise "timeout".`
      settle(() => reject(new PersistError("ERR_PERSIST_TIMEOUT", message)))
    }
    const timer = setTimeout(onTimeout, Math.min(timeout, longestTimer))
    const stop = signal && whenAborted(signal, onAbort)
    waiting.add(begin)
  })
}
