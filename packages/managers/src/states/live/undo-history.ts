/** Earlier and undone values of a live state. */
export class UndoHistory<T> {
  readonly #limit: number
  readonly #burst: number
  readonly #undone: T[] = []
  readonly #done: T[] = []
  /** How many of the last values in `#done` count; dropping each too old one singly would cost more. */
  #available = 0
  #lastChange = Number.NEGATIVE_INFINITY

  constructor(limit: number, burst: number) {
    this.#limit = limit
    this.#burst = burst
  }

  get canUndo(): boolean {
    return this.#available > 0
  }

  get canRedo(): boolean {
    return this.#undone.length > 0
  }

  /** Notes that `before` was replaced at `now`; changes in quick succession are one step. */
  changed(before: T, now: number): void {
    const isBurst =
      this.#burst > 0 &&
      now - this.#lastChange <= this.#burst &&
      this.#undone.length === 0 &&
      this.canUndo
    this.#lastChange = now
    if (this.#undone.length > 0) this.#undone.length = 0
    if (isBurst || this.#limit === 0) return
    this.#done.push(before)
    if (this.#available < this.#limit) this.#available++
    if (this.#done.length >= 2 * this.#limit + 64) {
      this.#done.splice(0, this.#done.length - this.#limit)
    }
  }

  /** The value before the last step; `current` can be had back by `redo`. Call only if `canUndo`. */
  undo(current: T): T {
    this.#undone.push(current)
    this.#lastChange = Number.NEGATIVE_INFINITY
    this.#available--
    return this.#done.pop()!
  }

  /** Takes the last `undo` back. Call only if `canRedo`. */
  redo(current: T): T {
    this.#done.push(current)
    this.#available++
    return this.#undone.pop()!
  }

  clear(): void {
    this.#available = 0
    this.#done.length = 0
    this.#undone.length = 0
  }
}
