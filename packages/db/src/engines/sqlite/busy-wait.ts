import { setTimeout as delay } from "node:timers/promises"
import { abortedError } from "@persist/core/options"
import { isBusy } from "./sqlite-fault.ts"

const longestPause = 25

/** How long to wait while another connection holds the lock, without blocking the event loop. */
export class BusyWait {
  /** Milliseconds. */
  readonly timeout: number

  constructor(timeout: number) {
    this.timeout = timeout
  }

  /** Waiting inside a transaction cannot help: the lock that is missing may wait for ours. */
  isWorthwhile(connection: { readonly inTransaction: boolean }, error: unknown): boolean {
    return isBusy(error) && !connection.inTransaction
  }
}

/** Runs `attempt` until it is not busy, pausing for a random time that doubles up to 25 ms. */
export async function waitWhileBusy<T>(
  wait: BusyWait,
  signal: AbortSignal | undefined,
  attempt: () => T,
): Promise<T> {
  const deadline = performance.now() + wait.timeout
  for (let ceiling = 1; ; ceiling = Math.min(ceiling * 2, longestPause)) {
    if (signal?.aborted) throw abortedError(signal, "Waiting for the database's lock")
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await delay(Math.random() * ceiling)
  }
}

/** `waitWhileBusy` for callers that cannot wait: it blocks the whole program. */
export function blockWhileBusy<T>(timeout: number, attempt: () => T): T {
  const deadline = performance.now() + timeout
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let ceiling = 1; ; ceiling = Math.min(ceiling * 2, longestPause)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    Atomics.wait(nobody, 0, 0, Math.random() * ceiling)
  }
}
