/**
 * The streams that a session has open. They end with it: what they read from is somebody else's connection then.
 */
export class OpenStreams {
  readonly #open = new Set<AsyncIterator<unknown>>()

  get size(): number {
    return this.#open.size
  }

  /** Passes on what `chunks` yields; each step goes through `pull`, which may refuse it. */
  async *pulled<T>(
    chunks: AsyncIterator<T>,
    pull: (step: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>,
  ): AsyncGenerator<T, void, undefined> {
    this.#open.add(chunks)
    try {
      for (;;) {
        const step = await pull(() => chunks.next())
        if (step.done) return
        yield step.value
      }
    } finally {
      if (this.#open.delete(chunks)) await chunks.return?.()
    }
  }

  async end(): Promise<void> {
    const open = [...this.#open]
    this.#open.clear()
    for (const chunks of open) await chunks.return?.().catch(() => {})
  }
}
