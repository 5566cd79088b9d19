import { type EngineClock, never } from "./clock.ts"

/** What the sweeper asks of its owner. */
export interface Sweepable {
  /** Slots to look at, slot 0 included. */
  readonly used: number
  /** At 1: the earliest deadline that the sweeper knows of; later ones need no call of `arm`. */
  readonly times: Float64Array
  /** Set to 0 when the next deadline must be told. */
  steady: number
  /** Removes the expired entries from slot `from` to before `to`; returns the earliest deadline left there. */
  sweep(from: number, to: number): number
}

const chunk = 16_384

/**
 * One unref'd timer per cache that removes expired entries nobody asks for. It fires when the first
 * deadline has passed, but not more often than every 10 ms per 1,000 slots, and then looks at all of
 * them in chunks: no memory per entry, and well under a thousandth of the processor's time.
 */
export class Sweeper {
  readonly #clock: EngineClock
  readonly #owner: Sweepable
  #cancel: (() => void) | undefined
  #firesAt: number = never
  /** Where the pass under way goes on; 0 between passes. */
  #from = 0

  constructor(owner: Sweepable, clock: EngineClock) {
    this.#owner = owner
    this.#clock = clock
  }

  /** Sees to it that an entry with this `deadline` goes soon after it. */
  arm(deadline: number, now: number): void {
    const owner = this.#owner
    owner.times[1] = deadline
    if (this.#from !== 0) return
    const at = Math.max(deadline, now + owner.used / 100)
    if (at < this.#firesAt) this.#set(at, now)
  }

  /** Stops until the next `arm`. */
  stop(): void {
    this.#cancel?.()
    this.#firesAt = never
    this.#from = 0
    this.#owner.times[1] = never
    this.#owner.steady = 0
  }

  #set(at: number, now: number): void {
    this.#cancel?.()
    this.#firesAt = at
    this.#cancel = this.#clock.schedule(runWeakly(this), Math.ceil(at - now))
  }

  /** Looks at the next entries; the timer calls it. */
  run(): void {
    this.#firesAt = never
    const owner = this.#owner
    const now = this.#clock.now()
    if (this.#from === 0) {
      if (now < owner.times[1]!) {
        this.arm(owner.times[1]!, now)
        return
      }
      this.stop()
      this.#from = 1
    }
    const from = this.#from
    const to = Math.min(from + chunk, owner.used)
    const earliest = Math.min(owner.sweep(from, to), owner.times[1]!)
    // A listener may have emptied the cache meanwhile, which stops the pass.
    if (this.#from === 0) return
    this.#from = to < owner.used ? to : 0
    this.arm(earliest, now)
    if (this.#from !== 0) this.#set(now + 1, now)
  }
}

/** Weak, so that the timer of a cache nobody holds keeps nothing alive. */
function runWeakly(sweeper: Sweeper): () => void {
  const reference = new WeakRef(sweeper)
  return () => reference.deref()?.run()
}
