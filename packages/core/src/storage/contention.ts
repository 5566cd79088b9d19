import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/atomic"
import { throwIfAborted } from "@persist/atomic/options"

/** How long `retryConflicts` may go on. */
export interface ContentionLimits {
  /** Milliseconds until `ERR_PERSIST_TIMEOUT`. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs `attempt` again for as long as it fails with `ERR_PERSIST_CONFLICT`, waiting between
 * attempts for a random time that doubles up to 50 ms ("full jitter").
 *
 * @throws `ERR_PERSIST_TIMEOUT` with the last conflict as cause, `ERR_PERSIST_ABORTED`.
 */
export async function retryConflicts<T>(
  what: string,
  limits: ContentionLimits,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + limits.timeout
  for (let ceiling = 1; ; ceiling = Math.min(ceiling * 2, 50)) {
    throwIfAborted(limits.signal, what)
    try {
      return await attempt()
    } catch (error) {
      if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
      if (performance.now() >= deadline) {
        throw new PersistError(
          "ERR_PERSIST_TIMEOUT",
          `${what} met another writer at every attempt for ${limits.timeout} ms; try again or raise "timeout".`,
          { cause: error },
        )
      }
    }
    const { signal } = limits
    // What ends it early is the signal alone, which the next round throws.
    await delay(Math.random() * ceiling, undefined, signal && { signal }).catch(() => {})
  }
}
