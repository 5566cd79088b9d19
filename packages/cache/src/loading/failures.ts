import type { Clock } from "../engine/clock.ts"
import { Newest } from "./newest.ts"

/** A load that failed. */
interface Failure {
  readonly error: unknown
  readonly until: number
}

/** Failed loads that are remembered for a while, the newest of them. */
export class Failures<K> extends Newest<K, Failure> {
  /** When the last of them is over at the latest. */
  #latest = 0

  /**
   * Whether any may yet be remembered; where all are over, forgets them. Every set asks while it is so: it does not look
   * through them.
   */
  lasting(clock: Pick<Clock, "now">): boolean {
    if (this.size && clock.now() < this.#latest) return true
    this.clear()
    return false
  }

  add(key: K, error: unknown, until: number): void {
    this.#latest = Math.max(this.size && this.#latest, until)
    this.put(key, { error, until })
  }

  find(key: K, now: number): Failure | undefined {
    const failure = this.get(key)?.[1]
    if (!failure || now < failure.until) return failure
    this.delete(key)
    return undefined
  }
}
