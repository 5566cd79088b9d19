import { randomInt } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { longestTimer } from "@persist/core/options"
import type { BusConnection } from "./bus-connection.ts"
import { BusLocator } from "./bus-locator.ts"
import type { BusSettings } from "./bus-options.ts"
import { publishScript } from "./bus-script.ts"
import { gapText } from "./invalidation-message.ts"
import { RetryPause } from "./retry-pause.ts"

/** Beyond so many waiting messages, one that says "everything" takes their place. */
const mostWaiting = 10_000
const batchSize = 500
const mostRandom = 2 ** 47

interface Waiting {
  texts: string[]
  readonly sent: PromiseWithResolvers<void>
}

/** Brings messages to the stream, many in one step, again until the server has them: twice does no harm. */
export class BusWriter {
  readonly #settings: BusSettings
  readonly #locator: BusLocator
  readonly #end = new AbortController()
  #connection: BusConnection | undefined
  #waiting: Waiting | undefined
  #running: Promise<void> | undefined

  constructor(settings: BusSettings) {
    this.#settings = settings
    this.#locator = new BusLocator(settings, this.#end.signal, () => this.#sayGap())
  }

  /** Resolves when the server has the message; rejects only when the bus is closed before. */
  send(text: string): Promise<void> {
    this.#waiting ??= { texts: [], sent: Promise.withResolvers() }
    const { texts, sent } = this.#waiting
    if (texts.length >= mostWaiting) this.#waiting.texts = [gapText]
    else texts.push(text)
    this.#running ??= this.#drain()
    return sent.promise
  }

  /** Waits for what is under way, but no longer than the bus may be silent. */
  async close(): Promise<void> {
    if (this.#running !== undefined) {
      const limit = new AbortController()
      const { staleAfter } = this.#settings
      await Promise.race([
        this.#running,
        delay(staleAfter, undefined, { signal: limit.signal }).catch(() => {}),
      ])
      limit.abort()
    }
    this.#end.abort()
    this.#connection?.close()
    await this.#running
  }

  /** What a primary has taken that was replaced, who listens to the new one may not have heard. */
  #sayGap(): void {
    this.send(gapText).catch(() => {})
  }

  async #drain(): Promise<void> {
    // The process does not end before its messages are sent; no connection keeps it alive.
    const hold = setInterval(() => {}, longestTimer)
    // Everything that is said in this turn goes in one step.
    await Promise.resolve()
    while (this.#waiting !== undefined) {
      const { texts, sent } = this.#waiting
      this.#waiting = undefined
      try {
        for (let done = 0; done < texts.length; done += batchSize) {
          await this.#deliver(texts.slice(done, done + batchSize))
        }
        sent.resolve()
      } catch (error) {
        sent.reject(error)
      }
    }
    clearInterval(hold)
    this.#running = undefined
  }

  async #deliver(texts: readonly string[]): Promise<void> {
    const { channel, history, staleAfter, logger } = this.#settings
    const { signal } = this.#end
    const options = [String(history), String(randomInt(1, mostRandom))]
    const command = ["EVAL", publishScript, "1", channel, ...options, ...texts]
    for (const pause = new RetryPause(); !signal.aborted; ) {
      try {
        this.#connection ??= await this.#locator.open()
        await this.#connection.send(command, staleAfter)
        return
      } catch (error) {
        this.#connection?.close()
        this.#connection = undefined
        const isMoved = this.#locator.follow(error)
        if (!isMoved && pause.isFirst)
          logger?.warn?.("Invalidations could not be sent; they are sent again.", error)
        await pause.wait(isMoved, signal)
      }
    }
    throw new PersistError(
      "ERR_PERSIST_CLOSED",
      `The invalidation bus was closed before ${texts.length} messages reached the server; other caches keep what they have until its ttl.`,
    )
  }
}
