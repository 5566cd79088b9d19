import type { Change } from "@persist/core"

/** Changes as they come, to be taken one at a time; ends when `signal` is aborted. */
export class ChangeStream implements AsyncIterableIterator<Change> {
  readonly #changes: Change[] = []
  readonly #whenEnded: () => void
  #waiting: PromiseWithResolvers<IteratorResult<Change, undefined>> | undefined
  #isEnded = false

  constructor(whenEnded: () => void) {
    this.#whenEnded = whenEnded
  }

  push(change: Change): void {
    if (this.#isEnded) return
    if (this.#waiting === undefined) this.#changes.push(change)
    else this.#waiting.resolve({ done: false, value: change })
    this.#waiting = undefined
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#changes.length = 0
    this.#waiting?.resolve({ done: true, value: undefined })
    this.#whenEnded()
  }

  async next(): Promise<IteratorResult<Change, undefined>> {
    const value = this.#changes.shift()
    if (value !== undefined) return { done: false, value }
    if (this.#isEnded) return { done: true, value: undefined }
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  async return(): Promise<IteratorResult<Change, undefined>> {
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
