import type { EngineClock } from "../engine/clock.ts"
import { putLast } from "./put-last.ts"

/** Failed loads that are remembered for a while, at most `most` of them. */
export class Failures<K> {
  readonly #failures = new Map<K, { readonly error: unknown; readonly until: number }>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Whether any is remembered yet; forgets those before it that are not. */
  lasting(clock: EngineClock): boolean {
    for (const key of this.#failures.keys()) if (this.find(key, clock.now())) return true
    return false
  }

  add(key: K, error: unknown, until: number): void {
    putLast(this.#failures, key, { error, until }, this.#most)
  }

  find(key: K, now: number): { readonly error: unknown } | undefined {
    const failure = this.#failures.get(key)
    if (!failure || now < failure.until) return failure
    this.#failures.delete(key)
    return undefined
  }

  delete(key: K): void {
    this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}
