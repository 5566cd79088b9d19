import { PersistError } from "@persist/core"
import {
  type BusSettings,
  type RedisInvalidationBusOptions,
  readBusOptions,
} from "./bus-options.ts"
import { BusReader } from "./bus-reader.ts"
import { BusWriter } from "./bus-writer.ts"
import type { BusListener, InvalidationMessage } from "./invalidation-message.ts"

/**
 * Tells the caches of many processes what the others changed; pass it as `bus` to a `CacheStorage`
 * of `@persist/cache`, beside a `RedisStorage` as `tier`.
 *
 * A Redis stream carries the messages, so that a short absence loses none. Where one may be missing (it
 * was trimmed, or the server is another one now), and while the server is silent for longer than
 * `staleAfter`, the listeners are told to forget everything: no cache serves a value for longer than
 * `staleAfter` after its invalidation reached the server.
 *
 * @example
 * const bus = new RedisInvalidationBus({ url: "redis://127.0.0.1:6379" })
 * const cache = new CacheStorage({ tier: storage, bus })
 */
export class RedisInvalidationBus {
  readonly #settings: BusSettings
  readonly #listeners = new Set<BusListener>()
  readonly #writer: BusWriter
  #reader: BusReader | undefined
  #isClosed = false

  /** Connects when it is first used. @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: RedisInvalidationBusOptions = {}) {
    this.#settings = readBusOptions(options)
    this.#writer = new BusWriter(this.#settings)
  }

  /** Resolves when the server has the message, however long that takes; rejects with `ERR_PERSIST_CLOSED`. */
  async publish(message: InvalidationMessage): Promise<void> {
    this.#checkOpen()
    await this.#writer.send(JSON.stringify(message))
  }

  /** Calls `onMessage` for every message, and `onReconnect` when some may have been missed. Returns how to stop. */
  subscribe(
    onMessage: (message: InvalidationMessage) => void,
    onReconnect: () => void,
  ): () => void {
    this.#checkOpen()
    const listener = { onMessage, onReconnect }
    this.#listeners.add(listener)
    this.#reader ??= new BusReader(this.#settings, this.#listeners)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stopReading()
    }
  }

  /** Sends what waits, for `staleAfter` at most, and disconnects. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
    this.#stopReading()
    await this.#writer.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #stopReading(): void {
    this.#reader?.stop()
    this.#reader = undefined
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new PersistError("ERR_PERSIST_CLOSED", "The invalidation bus is closed; open another.")
    }
  }
}
