/** What caches tell each other; plain data that survives JSON. */
export interface BusMessage {
  /** Which cache says so. */
  readonly source: string
  readonly kind: "key" | "clear" | "deleteTag" | "expireTag"
  /** The key or the tag concerned. */
  readonly name?: unknown
}

/** Carries invalidations between caches that share a tier. */
export interface InvalidationBus {
  /** Sends to every subscriber, the sender's own subscription included or not. */
  publish(message: BusMessage): unknown
  /** Calls `onMessage` for every message, and `onReconnect` when messages may have been missed. Returns how to stop. */
  subscribe(onMessage: (message: BusMessage) => void, onReconnect: () => void): unknown
}

/** One cache's end of the bus: its own messages are filtered out, failures never fail a call. */
export class BusEnd {
  readonly #bus: InvalidationBus
  readonly #source: string = crypto.randomUUID()
  readonly #onError: (error: unknown) => void
  readonly #subscription: unknown

  constructor(
    bus: InvalidationBus,
    onMessage: (message: BusMessage) => void,
    onReconnect: () => void,
    onError: (error: unknown) => void,
  ) {
    this.#bus = bus
    this.#onError = onError
    this.#subscription = this.#safely(() =>
      bus.subscribe((message) => {
        // Whatever else is sent there is none of ours.
        if (typeof message === "object" && message !== null && message.source !== this.#source) {
          onMessage(message)
        }
      }, onReconnect),
    )
  }

  publish(kind: BusMessage["kind"], name?: unknown): void {
    void this.#safely(() =>
      this.#bus.publish({ source: this.#source, kind, ...(name === undefined ? {} : { name }) }),
    )
  }

  async close(): Promise<void> {
    const stop = await this.#subscription
    if (typeof stop === "function") await this.#safely(() => stop())
  }

  async #safely(run: () => unknown): Promise<unknown> {
    try {
      return await run()
    } catch (error) {
      this.#onError(error)
    }
  }
}
