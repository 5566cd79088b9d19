import { type BusConnection, openBusConnection } from "./bus-connection.ts"
import type { BusSettings } from "./bus-options.ts"

/** Finds the server that has the stream: the only one, the sentinels' master, or the owner of its slot. */
export class BusLocator {
  readonly #settings: BusSettings
  #turn = 0
  #moved: string | undefined

  constructor(settings: BusSettings) {
    this.#settings = settings
  }

  async open(): Promise<BusConnection> {
    const { sentinel } = this.#settings
    const first = this.#moved ?? this.#next()
    this.#moved = undefined
    return this.#connect(sentinel === undefined ? first : await this.#askSentinel(first))
  }

  /** Whether `error` says where the stream is now; then the next connection goes there. */
  follow(error: unknown): boolean {
    const moved = /^MOVED \d+ (.*):(\d+)$/.exec((error as Error)?.message ?? "")
    if (moved === null) return false
    const url = new URL(this.#settings.urls[0]!)
    // An empty host stands for the host that was asked.
    if (moved[1] !== "") url.hostname = moved[1]!
    url.port = moved[2]!
    this.#moved = url.href
    return true
  }

  #next(): string {
    const { urls } = this.#settings
    return urls[this.#turn++ % urls.length]!
  }

  #connect(url: string): Promise<BusConnection> {
    return openBusConnection(url, this.#settings.staleAfter)
  }

  async #askSentinel(address: string): Promise<string> {
    const { name, url = "redis://" } = this.#settings.sentinel!
    const connection = await this.#connect(address)
    try {
      const found = await connection.send(
        ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name],
        this.#settings.staleAfter,
      )
      if (!Array.isArray(found)) throw new Error(`The sentinel at ${address} knows no "${name}".`)
      return `${url}${found[0]}:${found[1]}`
    } finally {
      connection.close()
    }
  }
}
