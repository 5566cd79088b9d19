import { PersistError } from "@persist/core"
import { excerpt } from "../../errors/database-error.ts"

/** Milliseconds that a server is given to answer after it was asked to end a statement. */
export const longestGrace = 5_000

/** The time limit of one statement. */
export interface Deadline {
  readonly timer: NodeJS.Timeout
  hasPassed: boolean
}

/** What a `LinkWatch` needs of the connection that it watches. */
export interface WatchedLink {
  /** Milliseconds that a statement may take. */
  readonly timeout: number | undefined
  /** Asks the server, over another connection, to end what runs now, if that `isWanted` still when it is asked. */
  cancel(isWanted: () => boolean): Promise<void>
  /** Ends the connection at once, and with `reason` what waits for an answer. */
  drop(reason: PersistError): void
}

/**
 * Watches over the statements of one connection, so that each one settles: one that was cancelled or takes
 * too long is ended by the server, or, when that is silent, together with the connection.
 */
export class LinkWatch {
  readonly #link: WatchedLink
  readonly #grace: number
  #running = 0
  #ended = 0
  /** Requests to end a statement that are on their way. */
  #requests: Promise<unknown> | undefined
  /** Whether the connection is of no further use. */
  isBroken = false

  constructor(link: WatchedLink) {
    this.#link = link
    this.#grace = Math.min(longestGrace, (link.timeout ?? longestGrace * 2) / 2)
  }

  /** A statement is sent; `end` must follow. */
  begin(): Deadline | undefined {
    this.#running++
    const { timeout } = this.#link
    if (timeout === undefined) return undefined
    const onTimeout = () => {
      deadline.hasPassed = true
      this.cancel().catch(() => {})
    }
    const deadline: Deadline = { timer: setTimeout(onTimeout, timeout), hasPassed: false }
    return deadline
  }

  /**
   * The statement has settled. A hot path.
   *
   * @returns What to wait for before the next one is sent: a request to end this one would end that.
   */
  end(deadline: Deadline | undefined): Promise<unknown> | undefined {
    this.#running--
    this.#ended++
    if (deadline !== undefined) clearTimeout(deadline.timer)
    return this.#requests
  }

  /** What the caller is told of a statement that failed with `error`. */
  explain(error: unknown, deadline: Deadline | undefined, sql: string): unknown {
    if (!deadline?.hasPassed) return error
    const { timeout } = this.#link
    return new PersistError(
      "ERR_PERSIST_TIMEOUT",
      `"${excerpt(sql)}" took longer than "timeout", ${timeout} ms, and was ended. Raise the option, or look why the server does not answer.`,
      { cause: error },
    )
  }

  /** Ends what runs now, one way or the other. */
  async cancel(): Promise<void> {
    if (this.#running === 0) return
    const ended = this.#ended
    const isRunning = () => this.#running > 0 && this.#ended === ended
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
    let isSent = false
    const isWanted = () => {
      if (!isRunning()) return false
      isSent = true
      this.#await(settled)
      return true
    }
    const timer = setTimeout(() => {
      if (isRunning() || isSent) this.#drop()
      settle()
    }, this.#grace).unref()
    try {
      await this.#link.cancel(isWanted)
    } finally {
      isSent = false
      if (!isRunning()) clearTimeout(timer)
      settle()
    }
  }

  #await(request: Promise<void>): void {
    const requests = Promise.all([this.#requests, request])
    this.#requests = requests
    requests.then(() => {
      if (this.#requests === requests) this.#requests = undefined
    })
  }

  /** Waits for `work`, which the server does at once; when it does not, the connection is dropped. */
  async soon<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#drop(), this.#grace)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }

  #drop(): void {
    this.isBroken = true
    this.#link.drop(
      new PersistError(
        "ERR_PERSIST_CONNECTION",
        "The server did not answer any more, so the connection was given up.",
      ),
    )
  }
}
