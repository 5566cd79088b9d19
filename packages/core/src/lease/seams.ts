/** What a lease needs of the outside, so that a test can control it. */
export interface LeaseSeams {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /**
   * Calls `callback` once, some time after `milliseconds` have passed.
   *
   * @param keepsAlive Whether the process stays for it.
   * @returns What to call for it not to come.
   */
  timer(milliseconds: number, callback: () => void, keepsAlive: boolean): () => void
  /** From 0 to below 1. */
  random(): number
  /** An id that nobody else has. */
  nonce(): string
}

/** The clock, timers and randomness of the process. */
export const processSeams: LeaseSeams = {
  now: () => performance.now(),
  timer(milliseconds, callback, keepsAlive) {
    const timer = setTimeout(callback, milliseconds)
    if (!keepsAlive) timer.unref()
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  nonce: () => crypto.randomUUID(),
}
