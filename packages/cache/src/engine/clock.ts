/** A clock to inject: exact at every call. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number
  /** Calls `run` once after about `delay` milliseconds and returns how to cancel it; without it nothing expires unless touched. */
  schedule?(run: () => void, delay: number): () => void
}

/** Entries this close to their deadline, in milliseconds, are always judged by an exact reading. */
export const exactWithin = 5_000

const burst = 64
const dense = 0.2

/**
 * The engine's clock. A reading costs as much as the whole rest of a hit, so in a dense burst of
 * operations (64 readings in a row less than 0.2 ms apart) one reading serves the next 64 operations,
 * until the event loop turns, and only for entries more than `exactWithin` from their deadline. All
 * others, and every entry on an injected clock, are judged by a reading of their own.
 */
export class EngineClock {
  /** Deadlines above it need no reading while `budget` lasts. */
  horizon: number
  /** How many operations the last reading may still serve. */
  budget = 0
  readonly #source: (() => number) | undefined
  readonly #schedule: Clock["schedule"]
  #last = Number.NEGATIVE_INFINITY
  #streak = 0
  #resetting = false

  constructor(clock: (() => number) | Clock | undefined) {
    this.#source = typeof clock === "object" ? () => clock.now() : clock
    this.#schedule = typeof clock === "object" ? clock.schedule?.bind(clock) : undefined
    this.horizon = clock ? Number.MAX_VALUE : Number.NEGATIVE_INFINITY
  }

  /** An exact reading. */
  now(): number {
    if (this.#source !== undefined) return this.#source()
    // Looked up at the time of the call, so that a test's fake clock is seen.
    const time = performance.now()
    const elapsed = time - this.#last
    this.#last = time
    // A faked clock stands still: a difference of 0 is no burst.
    this.#streak = elapsed > 0 && elapsed < dense ? this.#streak + 1 : 0
    if (this.#streak < burst) this.budget = 0
    else {
      this.budget = burst
      this.horizon = time + exactWithin
      if (!this.#resetting) this.#resetSoon()
    }
    return time
  }

  /** The time from which a lifetime of `ttl` starts: exact for short ones. */
  start(ttl: number): number {
    return ttl > exactWithin && this.budget-- > 0 ? this.#last : this.now()
  }

  /** Calls `run` after `delay` milliseconds without holding the process open. */
  schedule(run: () => void, delay: number): (() => void) | undefined {
    // Longer delays overflow and fire at once: the caller looks at the clock and asks again.
    const clamped = Math.min(Math.max(delay, 1), 0x7fffffff)
    if (this.#source !== undefined) return this.#schedule?.(run, clamped)
    const timer = setTimeout(run, clamped)
    timer.unref?.()
    return () => clearTimeout(timer)
  }

  #resetSoon(): void {
    this.#resetting = true
    this.schedule(() => {
      this.#resetting = false
      this.budget = 0
    }, 1)
  }
}

/** The clock of every cache without one of its own; sharing it shares its readings. */
export const realClock: EngineClock = /* @__PURE__ */ new EngineClock(undefined)
