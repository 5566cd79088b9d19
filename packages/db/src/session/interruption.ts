import { PersistError } from "@persist/core"
import { abortedError, whenAborted } from "@persist/core/options"
import type { Hold } from "./hold.ts"
import type { SessionSettings } from "./session-options.ts"

/** A session and what can end it from outside: its signal, its timeout, the closing of the database. */
export class Interruption {
  readonly hold: Hold
  /** Whether the closing of the database waits for its end. */
  readonly isAwaited: boolean
  /** Called when the session has ended. */
  onEnd: (() => void) | undefined
  #reject: ((reason: unknown) => void) | undefined
  #stopped: { readonly reason: unknown } | undefined
  #timer: NodeJS.Timeout | undefined
  #unwatch: (() => void) | undefined

  constructor(hold: Hold, isAwaited = false) {
    this.hold = hold
    this.isAwaited = isAwaited
  }

  /** Begins to listen to the session's signal and to count its time. */
  watch({ name, signal, timeout }: SessionSettings): void {
    if (signal !== undefined) {
      this.#unwatch = whenAborted(signal, () => this.stop(abortedError(signal, name)))
    }
    if (timeout !== undefined) {
      this.#timer = setTimeout(() => this.stop(timeoutError(name, timeout)), timeout)
    }
  }

  clear(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#unwatch?.()
  }

  /** Ends the session with `reason`, and the statement that it runs now. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason }
    this.hold.connection.cancel().catch(() => {})
    this.#reject?.(reason)
  }

  /** Why the session ended: the interruption, if there was one, unless `error` says that nobody can know how. */
  reasonOr(error: unknown): unknown {
    if (this.#stopped === undefined || PersistError.is(error, "ERR_PERSIST_INDETERMINATE"))
      return error
    return this.#stopped.reason
  }

  /** What `running` comes to, or the reason of an interruption that comes first. */
  orInterrupted<T>(running: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject
      if (this.#stopped !== undefined) reject(this.#stopped.reason)
      running.then(resolve, reject)
    })
  }
}

function timeoutError(name: string, timeout: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${name} took longer than its timeout of ${timeout} ms; it was rolled back.`,
  )
}
