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
  readonly #subscription: Promise<unknown>
  #isSubscribed = false

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
    void this.#subscription.then(() => {
      this.#isSubscribed = true
    })
  }

  publish(kind: BusMessage["kind"], name?: unknown): void {
    void this.#safely(() =>
      this.#bus.publish({ source: this.#source, kind, ...(name !== undefined && { name }) }),
    )
  }

  async close(): Promise<void> {
    const stopping = this.#subscription.then((stop) =>
      typeof stop === "function" ? this.#safely(() => stop()) : undefined,
    )
    // A bus that has not answered yet, such as one that reaches no server, is left when it does.
    if (this.#isSubscribed) await stopping
  }

  async #safely(run: () => unknown): Promise<unknown> {
    try {
      return await run()
    } catch (error) {
      this.#onError(error)
    }
  }
}
