import { PersistError } from "@persist/core"
import { abortedError } from "@persist/core/options"
import type { Hold } from "./hold.ts"
import type { SessionSettings } from "./session-options.ts"

/** Rejects `reached` when a session's signal is aborted or its time is up, and ends its running statement. */
export class TimeLimit {
  readonly reached: Promise<never>
  readonly #timer: NodeJS.Timeout | undefined
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: () => void

  constructor({ name, signal, timeout }: SessionSettings, hold: Hold) {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.reached = promise
    const stop = (reason: PersistError) => {
      reject(reason)
      void hold.connection.cancel()
    }
    this.#signal = signal
    this.#onAbort = () => stop(abortedError(signal!, name))
    signal?.addEventListener("abort", this.#onAbort, { once: true })
    if (timeout !== undefined) {
      this.#timer = setTimeout(() => stop(timeoutError(name, timeout)), timeout)
    }
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener("abort", this.#onAbort)
  }
}

function timeoutError(name: string, timeout: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${name} took longer than its timeout of ${timeout} ms; it was rolled back.`,
  )
}
