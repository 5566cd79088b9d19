/** Commands that followed each other, and how many came before them. */
interface Batch {
  readonly before: number
  readonly replies: Promise<unknown>[]
  isExact: boolean
}

const batchSize = 64

/**
 * Counts the answers to commands that are answered in the order in which they are sent. A hot path: instead of a
 * promise for every command, it makes one for the last of sixty-four, or of fewer when no other is on its way.
 */
export class AnswerCount {
  sent = 0
  /** At least so many are answered; exactly so many of those before a `refine`, once that has settled. */
  answered = 0
  /** Those whose last reply is waited for, the oldest first. */
  readonly #watched: Batch[] = []
  #open: Batch = batchAfter(0)

  /** One more command has been sent. */
  add(reply: Promise<unknown>): void {
    this.sent++
    this.#open.replies.push(reply)
    if (this.#watched.length === 0 || this.#open.replies.length === batchSize) this.#watch()
  }

  /** Waits also for the last command so far; with `isExact`, for each of those that are the next to be answered. */
  refine(isExact: boolean): void {
    if (this.#open.replies.length > 0) this.#watch()
    const [batch] = this.#watched
    if (!isExact || batch === undefined || batch.isExact) return
    batch.isExact = true
    for (const [index, reply] of batch.replies.entries()) {
      const count = batch.before + index + 1
      const advance = () => this.#advance(count)
      reply.then(advance, advance)
    }
  }

  #watch(): void {
    const batch = this.#open
    const count = this.sent
    this.#open = batchAfter(count)
    this.#watched.push(batch)
    const done = () => {
      this.#advance(count)
      this.#watched.shift()
      if (this.#watched.length === 0 && this.#open.replies.length > 0) this.#watch()
    }
    batch.replies.at(-1)!.then(done, done)
  }

  #advance(count: number): void {
    if (count > this.answered) this.answered = count
  }
}

function batchAfter(before: number): Batch {
  return { before, replies: [], isExact: false }
}
