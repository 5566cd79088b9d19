/** Something to wait at: until it rings, a time has passed, or the signal is aborted. */
export class Bell {
  readonly #signal: AbortSignal
  readonly #rung = new Set<number>()
  #wake: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Rings for one shard. */
  ring(shard: number): void {
    this.#rung.add(shard)
    this.#wake?.()
  }

  /** Resolves with the shards that it rang for since it was last waited at; none when the time was over. */
  async wait(milliseconds: number): Promise<ReadonlySet<number>> {
    if (this.#rung.size === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          this.#signal.removeEventListener("abort", wake)
          this.#wake = undefined
          resolve()
        }
        const timer = setTimeout(wake, milliseconds)
        this.#signal.addEventListener("abort", wake)
        this.#wake = wake
      })
    }
    const rung = new Set(this.#rung)
    this.#rung.clear()
    return rung
  }
}
