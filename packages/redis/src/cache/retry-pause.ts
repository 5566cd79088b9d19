import { setTimeout as delay } from "node:timers/promises"

const shortest = 20
const longest = 1000

/** The pauses between attempts to reach a server: each about twice as long, and never quite the same. */
export class RetryPause {
  #milliseconds = shortest

  /** Whether nothing has failed since the last success. */
  get isFirst(): boolean {
    return this.#milliseconds === shortest
  }

  reset(): void {
    this.#milliseconds = shortest
  }

  /** Ends at an abort of `signal` too; `isNone` goes on at once, the first time. Does not keep the process alive. */
  async wait(isNone: boolean, signal: AbortSignal): Promise<void> {
    const pause = isNone && this.isFirst ? 0 : this.#milliseconds * (0.5 + Math.random() / 2)
    this.#milliseconds = Math.min(this.#milliseconds * 2, longest)
    await delay(pause, undefined, { ref: false, signal }).catch(() => {})
  }
}
