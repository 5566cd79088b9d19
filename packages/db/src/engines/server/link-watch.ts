import { PersistError } from "@persist/core"
import { excerpt } from "../../errors/database-error.ts"

/** Milliseconds that a server is given to answer after it was asked to end a statement. */
const longestGrace = 5_000

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

  /** The statement has settled. */
  end(deadline: Deadline | undefined): void {
    this.#running--
    this.#ended++
    if (deadline !== undefined) clearTimeout(deadline.timer)
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
    const isWanted = () => this.#running > 0 && this.#ended === ended
    setTimeout(() => {
      if (isWanted()) this.#drop()
    }, this.#grace).unref()
    await this.#link.cancel(isWanted)
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
