import type { Clock } from "../src/index.ts"

/** A clock that stands until it is moved, with its timers. */
export class ManualClock implements Clock {
  time = 0
  #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  now(): number {
    return this.time
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.time
  }

  schedule(run: () => void, delay: number): () => void {
    const timer = { at: this.time + delay, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves on by `milliseconds`, running the timers on the way in their order. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = end
  }
}
