/** What is asked of one shard waits for so many. */
interface HoldUp {
  count: number
  readonly over: PromiseWithResolvers<void>
}

/**
 * Holds up what is newly asked of a shard while something that was asked before has to be sent again: so nothing old
 * comes after something newer.
 */
export class HoldUps {
  readonly #byShard = new Map<number, HoldUp>()

  /** @returns How to end it; more than once does no harm. */
  begin(shard: number): () => void {
    const holdUp = this.#byShard.get(shard) ?? { count: 0, over: Promise.withResolvers() }
    this.#byShard.set(shard, holdUp)
    holdUp.count++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      holdUp.count--
      if (holdUp.count > 0) return
      this.#byShard.delete(shard)
      holdUp.over.resolve()
    }
  }

  /** Whether nothing at all is held up: a hot path. */
  get isEmpty(): boolean {
    return this.#byShard.size === 0
  }

  /** Resolves when the shard is held up no more; `undefined` when it is not. */
  over(shard: number): Promise<void> | undefined {
    return this.#byShard.get(shard)?.over.promise
  }
}
