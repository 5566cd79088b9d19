/** A clock to inject: exact at every call. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number
  /** Calls `run` once after about `delay` milliseconds and returns how to cancel it; without it nothing expires unless touched. */
  schedule?(run: () => void, delay: number): () => void
  /** Milliseconds since the epoch, for dumps and tiers. @default Date.now */
  wallTime?(): number
}

/** No deadline. */
export const never: number = Infinity

/** Entries this close to their deadline, in milliseconds, are always judged by an exact reading. */
export const exactWithin = 5_000

const dense = 2

/** Readings in a row that make a burst. */
const burst = 64

/**
 * Upper half of the largest finite number: only `Infinity` lies above it. For positive numbers these
 * halves compare as integers like the numbers do, so that most deadlines need no more.
 */
export const onlyInfinity = 0x7fefffff

/** No upper half lies above it. */
const beyondAll = 0x7fffffff

/** Whether the upper half of a float64 is its second word; where it is not, every operation reads the clock. */
const littleEndian: boolean =
  /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ new Uint16Array([1]).buffer)[0] === 1

/** The cache that a clock serves. */
export interface ClockOwner {
  /** Upper half of a time: deadlines whose half is greater need no reading. */
  horizon: number
  /** The same where a hit needs nothing else either, else above every deadline. */
  quick: number
  /** Whether its policy is plain LRU. */
  readonly exact: boolean
  /** At 0: the last reading. At 2: the default deadline as of then. At 3: until when it may serve. */
  readonly times: Float64Array
  /** The halves of `times`. */
  readonly halves: Int32Array
  /** The default lifetime. */
  readonly ttl: number
  /** The horizon has changed. */
  settle(): void
}

/**
 * The engine's clock. A reading costs as much as the whole rest of a hit, so in a dense burst of
 * operations (64 readings in a row less than 2 ms apart) one reading serves the next 255 operations
 * of its cache, until the event loop turns, and only for entries more than `exactWithin` from their
 * deadline. All others, and every entry on an injected clock, are judged by a reading of their own.
 */
export class EngineClock {
  /** Whether no reading may serve twice. */
  #exact!: boolean
  readonly #owner: ClockOwner
  /** What was injected: always an object. */
  readonly given: Clock | undefined
  #streak = 0
  #resetting = false

  constructor(clock: (() => number) | Clock | undefined, owner: ClockOwner) {
    this.#owner = owner
    this.setExact(false)
    this.given = typeof clock === "function" ? { now: clock, wallTime: clock } : clock
  }

  /** Makes every operation read the clock, or ends that. */
  setExact(exact: boolean): void {
    this.#exact = exact || !littleEndian
    this.#lay(this.#exact ? beyondAll : onlyInfinity)
  }

  /** An exact reading. */
  now(): number {
    if (this.given) return this.given.now()
    // Looked up at the time of the call, so that a test's fake clock is seen.
    const time = performance.now()
    const { times } = this.#owner
    const elapsed = time - times[0]!
    times[0] = time
    // A faked clock stands still: a difference of 0 is no burst.
    this.#streak = elapsed > 0 && elapsed < dense ? this.#streak + 1 : 0
    if (this.#streak >= burst) this.#serve()
    else this.#reset()
    return time
  }

  /** Calls `run` after `delay` milliseconds without holding the process open. */
  schedule(run: () => void, delay: number): (() => void) | undefined {
    // Longer delays overflow and fire at once: the caller looks at the clock and asks again.
    const clamped = Math.min(Math.max(delay, 1), 0x7fffffff)
    if (this.given) return this.given.schedule?.(run, clamped)
    const timer = setTimeout(run, clamped)
    timer.unref?.()
    return () => clearTimeout(timer)
  }

  #serve(): void {
    if (this.#exact) return
    const { times, halves } = this.#owner
    times[3] = times[0]! + exactWithin
    this.#lay(halves[7]!)
    if (this.#resetting) return
    this.#resetting = true
    this.schedule(() => {
      this.#resetting = false
      this.#reset()
    }, 1)
  }

  #reset(): void {
    if (this.#owner.horizon < onlyInfinity) this.#lay(onlyInfinity)
  }

  #lay(horizon: number): void {
    const owner = this.#owner
    owner.horizon = horizon
    owner.quick = owner.exact ? horizon : beyondAll
    if (horizon < onlyInfinity) owner.times[2] = owner.times[0]! + owner.ttl
    owner.settle()
  }
}
