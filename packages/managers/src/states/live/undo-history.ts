/** Earlier and undone values of a live state. */
export class UndoHistory<T> {
  readonly #limit: number
  readonly #burst: number
  readonly #undone: T[] = []
  readonly #done: T[] = []
  #lastChange = Number.NEGATIVE_INFINITY

  constructor(limit: number, burst: number) {
    this.#limit = limit
    this.#burst = burst
  }

  get canUndo(): boolean {
    return this.#done.length > 0
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
    this.#undone.length = 0
    if (isBurst || this.#limit === 0) return
    this.#done.push(before)
    if (this.#done.length > this.#limit) this.#done.shift()
  }

  /** The value before the last step; `current` can be had back by `redo`. Call only if `canUndo`. */
  undo(current: T): T {
    this.#undone.push(current)
    this.#lastChange = Number.NEGATIVE_INFINITY
    return this.#done.pop()!
  }

  /** Takes the last `undo` back. Call only if `canRedo`. */
  redo(current: T): T {
    this.#done.push(current)
    return this.#undone.pop()!
  }

  clear(): void {
    this.#done.length = 0
    this.#undone.length = 0
  }
}
