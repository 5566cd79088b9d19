import { setTimeout as delay } from "node:timers/promises"
import { whenAborted } from "@persist/core/options"
import type { Link } from "./link.ts"

/** How long to wait for a connection. */
export interface Wait {
  /** On `performance.now()`: the latest moment. */
  readonly until: number
  readonly signal: AbortSignal | undefined
}

interface Waiter {
  resolve(link: Link): void
  reject(error: unknown): void
}

/** Makes one connection, ready for use; `lost` are those before it that may not be over. */
export type OpenLink = (lost: readonly Link[]) => Promise<Link>

/** An error after which trying again is useless: a wrong password, a server that is refused. */
export class Refusal extends Error {
  readonly error: unknown

  constructor(error: unknown) {
    super("The server cannot be used.", { cause: error })
    this.error = error
  }
}

/** No connection could be made in time; the cause is the last attempt's. */
export class Unreachable extends Error {}

const shortestPause = 20
const longestPause = 500

/** One place to connect to: holds the connection while it works, and makes the next one while somebody waits. */
export class Endpoint {
  /** The connection, while it works. */
  link: Link | undefined
  readonly #open: OpenLink
  readonly #lost = new Set<Link>()
  readonly #waiters = new Set<Waiter>()
  #isConnecting = false
  #isClosed = false
  #lastFailure: unknown

  constructor(open: OpenLink) {
    this.#open = open
  }

  /** @throws `Unreachable`, `Refusal`, the signal's reason. */
  ready({ until, signal }: Wait): Promise<Link> {
    if (this.link !== undefined) return Promise.resolve(this.link)
    if (this.#isClosed) return Promise.reject(closedMeanwhile())
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        stop?.()
        this.#waiters.delete(waiter)
        act()
      }
      const waiter: Waiter = {
        resolve: (link) => settle(() => resolve(link)),
        reject: (error) => settle(() => reject(error)),
      }
      const late = () =>
        waiter.reject(new Unreachable("No connection in time.", { cause: this.#lastFailure }))
      const timer = setTimeout(late, Math.max(0, until - performance.now()))
      const stop = signal && whenAborted(signal, () => waiter.reject(signal.reason))
      if (signal?.aborted) return waiter.reject(signal.reason)
      this.#waiters.add(waiter)
      if (!this.#isConnecting) void this.#connect()
    })
  }

  close(): void {
    this.#isClosed = true
    this.link?.fail(closedMeanwhile().cause)
    for (const waiter of [...this.#waiters]) waiter.reject(closedMeanwhile())
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true
    try {
      for (let pause = shortestPause; this.#waiters.size > 0 && !this.#isClosed; ) {
        const lost = [...this.#lost]
        try {
          const link = await this.#open(lost)
          for (const one of lost) this.#lost.delete(one)
          if (this.#keep(link)) return
        } catch (error) {
          this.#lastFailure = error
          if (error instanceof Refusal) {
            for (const waiter of [...this.#waiters]) waiter.reject(error)
            return
          }
        }
        // Many clients lose a server at once; they should not come back at once.
        await delay(pause * (0.5 + Math.random()))
        pause = Math.min(pause * 2, longestPause)
      }
    } finally {
      this.#isConnecting = false
    }
  }

  /** @returns Whether it still works. */
  #keep(link: Link): boolean {
    if (this.#isClosed) link.fail(closedMeanwhile().cause)
    if (link.end !== undefined) {
      this.#lastFailure = link.end.cause
      this.#lost.add(link)
      return false
    }
    this.link = link
    link.onEnd = () => {
      this.link = undefined
      this.#lost.add(link)
    }
    for (const waiter of [...this.#waiters]) waiter.resolve(link)
    return true
  }
}

function closedMeanwhile(): Unreachable {
  return new Unreachable("It was closed.", { cause: new Error("The storage was closed.") })
}
