import { PersistError } from "../persist-error.ts"

/** What a bulk load did not bring; whoever joined for that key loads it alone. */
export const absent: unique symbol = Symbol("absent")

/** One load under way, with everybody who waits for it. */
export class Flight<K, V> {
  readonly key: K
  readonly promise: Promise<V>
  /** The tags' stamp when the load began. */
  readonly stamp: number
  readonly startedAt: number
  /** The tier's stamp of that time; 0 without a tier. */
  readonly tierStamp: number
  /** Tags that are known before the value is. */
  readonly tags: readonly string[]
  /** A newer value, a removal or an invalidation came in between: the result is not stored. */
  overtaken = false
  /** A tag that its loader gave was invalidated since it began: whoever came after that loads anew. */
  outdated = false
  /** It is not taken from the second tier, which may hold what is to be renewed. */
  anew = false
  /** It is looked for in the second tier. */
  looking = false
  /** What the tier says may be out of date by the time that it is here: it is asked again. */
  lookAgain = false
  /** Somebody wants the result whoever else leaves. */
  kept = false
  resolve!: (value: V) => void
  reject!: (error: unknown) => void
  /** It may end without a value; whoever joined loads the key alone then. */
  partial = false
  /** Called when the second tier has answered: what it has brought may be stale, and enough for some who wait. */
  readonly hopes: (() => void)[] = []
  /** Called once when the load is given up. */
  onAbort: () => void = () => {}
  readonly #controller = new AbortController()
  #waiting = 0

  constructor(
    key: K,
    stamp: number,
    startedAt: number,
    tierStamp: number,
    tags: readonly string[],
  ) {
    this.key = key
    this.stamp = stamp
    this.startedAt = startedAt
    this.tierStamp = tierStamp
    this.tags = tags
    this.promise = new Promise<V>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** Aborted when nobody waits any longer, or after the hard timeout. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  enter(): void {
    this.#waiting++
  }

  /** One leaves; the load is given up when that was the last. */
  leave(reason: unknown): void {
    if (--this.#waiting === 0 && !this.kept) this.abort(reason)
  }

  /** Gives the load up: whoever still waits fails with `reason`. */
  abort(reason: unknown): void {
    this.overtaken = true
    this.reject(reason)
    this.onAbort()
    this.#controller.abort(reason)
  }
}

export function timeoutError(key: unknown, milliseconds: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${show(key)} was not loaded within its hardTimeout of ${milliseconds} ms.`,
    { key: show(key) },
  )
}

export function abortedError(key: unknown, signal: AbortSignal): PersistError {
  return new PersistError(
    "ERR_PERSIST_ABORTED",
    `Waiting for ${show(key)} was aborted by the caller's signal.`,
    { key: show(key), cause: signal.reason },
  )
}

function show(key: unknown): string {
  return typeof key === "object" ? "an object" : String(key)
}
