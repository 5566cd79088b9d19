import type { Link } from "../connection/link.ts"

/**
 * A connection that only listens. To a server, one that asks as well is a subscriber too, and it ends those whose
 * answers pile up (`client-output-buffer-limit pubsub`): many loads at once would do that.
 */
export class Ear {
  /** Whether it hears nothing any more. */
  isOver = false
  readonly #opening: Promise<Link>
  readonly #isSharded: boolean
  readonly #heard = new Set<string>()

  constructor(opening: Promise<Link>, isSharded: boolean) {
    this.#opening = opening
    this.#isSharded = isSharded
    const end = () => {
      this.isOver = true
    }
    opening.then((link) => {
      if (link.end !== undefined) return end()
      link.onEnd = end
      link.connection.on("sharded-channel-moved", (name) => this.#heard.delete(String(name)))
    }, end)
  }

  /** Whether there is nothing to listen to. */
  get isIdle(): boolean {
    return this.#heard.size === 0
  }

  /** Calls `ring` at every message of `channel`, and when it begins to listen: what came before was not heard. */
  listen(channel: string, ring: () => void): void {
    if (this.#heard.has(channel)) return
    this.#heard.add(channel)
    const subscribing = this.#opening.then(({ connection }) =>
      this.#isSharded ? connection.sSubscribe(channel, ring) : connection.subscribe(channel, ring),
    )
    subscribing.then(ring, () => this.#heard.delete(channel))
  }

  /** Listens to `channel` no more. */
  forget(channel: string): void {
    if (!this.#heard.delete(channel)) return
    const unsubscribing = this.#opening.then(({ connection }) =>
      this.#isSharded ? connection.sUnsubscribe(channel) : connection.unsubscribe(channel),
    )
    unsubscribing.catch(() => {})
  }

  close(): void {
    this.isOver = true
    this.#opening.then(
      (link) => link.fail(new Error("Nobody listens any more.")),
      () => {},
    )
  }
}
