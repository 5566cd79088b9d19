import type { Clock } from "../engine/clock.ts"
import { putLast } from "./put-last.ts"

/** Failed loads that are remembered for a while, at most `most` of them. */
export class Failures<K> {
  readonly #failures = new Map<K, { readonly error: unknown; readonly until: number }>()
  readonly #most: number
  /** When the last of them is over at the latest. */
  #latest = 0

  constructor(most: number) {
    this.#most = most
  }

  /**
   * Whether any may yet be remembered; where all are over, forgets them. Every set asks while it is so: it does not look
   * through them.
   */
  lasting(clock: Pick<Clock, "now">): boolean {
    if (this.#failures.size && clock.now() < this.#latest) return true
    this.clear()
    return false
  }

  add(key: K, error: unknown, until: number): void {
    this.#latest = Math.max(this.#failures.size && this.#latest, until)
    putLast(this.#failures, key, { error, until }, this.#most)
  }

  find(key: K, now: number): { readonly error: unknown } | undefined {
    const failure = this.#failures.get(key)
    if (!failure || now < failure.until) return failure
    this.delete(key)
    return undefined
  }

  delete(key: K): void {
    this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}
