import type { EngineClock } from "../engine/clock.ts"
import { later, within } from "../loading/time.ts"
import { PersistError } from "../persist-error.ts"

/** One write of one name. */
export interface Write {
  /** What a read of the name finds until the write is done; `undefined` is a removal. */
  readonly value: unknown
  /** Where what it leaves depends on what is there: what a read makes of that instead. */
  readonly sift?: (found: unknown) => unknown
  readonly run: () => unknown
  /** Called when it is done; `crossed` where another cache told of a change of its own meanwhile, and none here has followed. */
  readonly done?: ((crossed?: boolean) => void) | undefined
  crossed?: boolean
  /** Whether a load brought the value, which may be older than what others write. */
  readonly loaded?: boolean
  /** What a loaded value has taken the place of, to be written after all where that is given up. */
  readonly superseded?: Write
}

/** Codes of writes that no later attempt can do. */
const hopeless: ReadonlySet<unknown> = new Set([
  "ERR_PERSIST_ENCODE",
  "ERR_PERSIST_INVALID_ARGUMENT",
  "ERR_PERSIST_INVALID_KEY",
  "ERR_PERSIST_INVALID_OPTION",
  "ERR_PERSIST_LIMIT",
  "ERR_PERSIST_UNSUPPORTED",
  "ERR_PERSIST_VALIDATION",
])

export function isHopeless(error: unknown): boolean {
  return hopeless.has((error as { code?: unknown } | undefined)?.code)
}

const parallel = 16
const mostWaiting = 100_000
const longestPause = 30_000

/**
 * Writes to the tier: in order for each name, the last one wins over those that have not begun, and one
 * that fails stays and is tried again, so that a value or a removal is not lost to a short outage.
 */
export class WriteQueue {
  readonly #clock: EngineClock
  readonly #delay: number | undefined
  readonly #timeout: number
  readonly #onError: (error: unknown) => void
  readonly #waiting = new Map<string, Write>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #inHand = new Map<string, Write>()
  #pause = 0
  #timer: (() => void) | undefined
  /** The first since a flush began; no more are kept, as nobody may ever flush. */
  #error: { readonly cause: unknown } | undefined

  constructor(
    clock: EngineClock,
    delay: number | undefined,
    timeout: number,
    onError: (error: unknown) => void,
  ) {
    this.#clock = clock
    this.#delay = delay
    this.#timeout = timeout
    this.#onError = onError
  }

  /** The write of `name` that is not done yet. */
  find(name: string): Write | undefined {
    return this.#waiting.get(name) ?? this.#inHand.get(name)
  }

  add(name: string, write: Write): void {
    const superseded = this.#waiting.get(name)
    this.#waiting.set(name, inPlaceOf(superseded, write))
    if (this.#waiting.size > mostWaiting) {
      const [oldest] = this.#waiting.keys()
      this.#waiting.delete(oldest!)
      this.#onError(
        new Error(`The tier lags ${mostWaiting} writes behind; that of ${oldest} is lost.`),
      )
    }
    if (this.#timer !== undefined) return
    if (this.#delay === undefined) this.#drain()
    else this.#drainAfter(this.#delay)
  }

  /**
   * Gives up the write of a loaded value that has not begun; one that has is not tried again. Tells whether what it
   * has taken the place of is written instead, which covers it.
   */
  withdraw(name: string): boolean {
    const begun = this.#inHand.get(name)
    if (begun?.loaded) this.#inHand.delete(name)
    else if (begun) begun.crossed = true
    const write = this.#waiting.get(name) ?? begun
    if (!write?.loaded) return false
    const superseded = write.superseded ?? begun?.superseded
    if (superseded === undefined) this.#waiting.delete(name)
    else this.#waiting.set(name, superseded)
    return superseded !== undefined
  }

  /** Names of all that is not done yet. */
  names(): string[] {
    return [...this.#waiting.keys(), ...this.#inHand.keys()]
  }

  /** Writes everything that waits; throws what the tier throws, and when it ends none of its writes in time. */
  async flush(): Promise<void> {
    this.#error = undefined
    while (this.#waiting.size + this.#running.size > 0 && this.#error === undefined) {
      this.#stopTimer()
      this.#drain()
      await this.#within(Promise.race(this.#running.values()))
    }
    await this.#within(Promise.all(this.#running.values()))
    const failed = this.#error as { readonly cause: unknown } | undefined
    this.#error = undefined
    if (failed !== undefined) throw failed.cause
  }

  async #within(writes: Promise<unknown>): Promise<void> {
    if (this.#running.size === 0) return
    await within(this.#clock, this.#timeout, writes, () => {
      const [name] = this.#running.keys()
      const message = `The tier did not end its write of ${name} within ${this.#timeout} ms; it goes on, and ${this.#waiting.size} others wait.`
      return new PersistError("ERR_PERSIST_TIMEOUT", message, { key: name })
    })
  }

  #drain(): void {
    for (const [name, write] of this.#waiting) {
      if (this.#running.size >= parallel) return
      if (this.#running.has(name)) continue
      this.#waiting.delete(name)
      this.#inHand.set(name, write)
      this.#running.set(name, this.#run(name, write))
    }
  }

  async #run(name: string, write: Write): Promise<void> {
    let failed = false
    try {
      await write.run()
      this.#pause = 0
    } catch (error) {
      failed = !isHopeless(error)
      this.#error ??= { cause: error }
      this.#onError(error)
    }
    const isWanted = this.#inHand.delete(name)
    this.#running.delete(name)
    if (failed && isWanted) {
      const newer = this.#waiting.get(name)
      this.#waiting.set(name, newer === undefined ? write : inPlaceOf(write, newer))
      this.#pause = Math.min(Math.max(this.#pause * 2, 100), longestPause)
      this.#drainAfter(this.#pause)
      return
    }
    write.done?.(write.crossed && !this.#waiting.has(name))
    if (this.#timer === undefined && this.#waiting.size > 0) this.#drain()
  }

  #drainAfter(delay: number): void {
    if (this.#timer !== undefined) return
    this.#timer = later(this.#clock, delay, () => {
      this.#timer = undefined
      this.#drain()
    })
  }

  #stopTimer(): void {
    this.#timer?.()
    this.#timer = undefined
  }
}

/** `write`, which also tells what was to be told when `previous`, which will not be done, was done. */
function inPlaceOf(previous: Write | undefined, write: Write): Write {
  if (previous === undefined) return write
  const told = { ...write, done: write.done ?? previous.done }
  const superseded = write.superseded ?? (previous.loaded ? previous.superseded : previous)
  // What depends on what is there is asked for anew.
  return write.loaded && superseded && !superseded.sift ? { ...told, superseded } : told
}
