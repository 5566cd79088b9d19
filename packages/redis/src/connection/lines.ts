import type { Call } from "./call.ts"

/**
 * What is asked of a shard stands in line, in the order in which it was asked for, while something waits for a
 * connection or has to be sent again: so nothing old comes after something newer.
 */
export class Lines {
  /** By shard: the end of its line. */
  readonly #last = new Map<number, Place>()

  /** Whether nobody waits for anything: a hot path. */
  get isEmpty(): boolean {
    return this.#last.size === 0
  }

  /** Whether nobody waits for `shard`. */
  isFree(shard: number): boolean {
    return !this.#last.has(shard)
  }

  /** Lets `call` stand behind all that began before it. It has to leave. */
  join({ shard, began }: Call): Place {
    let before = this.#last.get(shard)
    let after: Place | undefined
    while (before !== undefined && before.began > began) {
      after = before
      before = before.before
    }
    const place = new Place(began, before, after, (last) => {
      if (last === undefined) this.#last.delete(shard)
      else this.#last.set(shard, last)
    })
    if (after === undefined) this.#last.set(shard, place)
    return place
  }
}

/** Where a call stands. */
export class Place {
  readonly began: number
  before: Place | undefined
  after: Place | undefined
  readonly #onLast: (last: Place | undefined) => void
  readonly #left = Promise.withResolvers<void>()
  #hasLeft = false

  /** @param onLast Told who is the last one when this one was and leaves. */
  constructor(
    began: number,
    before: Place | undefined,
    after: Place | undefined,
    onLast: (last: Place | undefined) => void,
  ) {
    this.began = began
    this.before = before
    this.after = after
    this.#onLast = onLast
    if (before !== undefined) before.after = this
    if (after !== undefined) after.before = this
  }

  /** Resolves when nobody is before it. */
  async turn(): Promise<void> {
    // What the server has answered together with it may not stand in line yet.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    while (this.before !== undefined) await this.before.#left.promise
  }

  /** Lets the next one come to its turn; more than once does no harm. */
  leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    if (this.before !== undefined) this.before.after = this.after
    if (this.after !== undefined) this.after.before = this.before
    else this.#onLast(this.before)
    this.#left.resolve()
  }
}
