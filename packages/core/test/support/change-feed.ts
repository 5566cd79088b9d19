import type { Change } from "../../src/index.ts"

/** Hands every published change to every follower, in order. */
export class ChangeFeed {
  readonly #followers = new Set<(change: Change) => void>()

  /** How many watches have not ended. */
  get followers(): number {
    return this.#followers.size
  }

  publish(change: Change): void {
    for (const follower of this.#followers) follower(change)
  }

  /** Begins with the call; ends when `signal` is aborted. */
  follow(prefix: string, signal: AbortSignal | undefined): AsyncIterable<Change> {
    const waiting: Change[] = []
    let wake: (() => void) | undefined
    const follower = (change: Change) => {
      if (change.key.startsWith(prefix)) waiting.push(change)
      wake?.()
    }
    const followers = this.#followers
    followers.add(follower)
    signal?.addEventListener("abort", () => wake?.())
    return (async function* () {
      try {
        while (!signal?.aborted) {
          yield* waiting.splice(0)
          if (signal?.aborted || waiting.length > 0) continue
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        followers.delete(follower)
      }
    })()
  }
}
