import type { Address } from "../connection/address.ts"
import { redirectionIn } from "../connection/named-place.ts"
import { askPrimary } from "../connection/sentinel-question.ts"
import { type BusConnection, openBusConnection } from "./bus-connection.ts"
import type { BusSettings } from "./bus-options.ts"

/** Finds the server that has the stream: the only one, the sentinels' master, or the owner of its slot. */
export class BusLocator {
  readonly #settings: BusSettings
  readonly #end: AbortSignal
  #turn = 0
  #asked: Address
  #moved: Address | undefined

  /** @param end Ends a connection that is being made. */
  constructor(settings: BusSettings, end: AbortSignal) {
    this.#settings = settings
    this.#end = end
    this.#asked = settings.location.nodes[0]!
  }

  async open(): Promise<BusConnection> {
    const first = this.#moved ?? this.#next()
    this.#moved = undefined
    const { kind } = this.#settings.location
    this.#asked = kind === "sentinel" ? await this.#askSentinel(first) : first
    return this.#connect(this.#asked)
  }

  /** Whether `error` says where the stream is now; then the next connection goes there. */
  follow(error: unknown): boolean {
    const answer = (error as Error)?.message ?? ""
    const place = answer.startsWith("MOVED ") ? redirectionIn(answer, this.#asked) : undefined
    if (place === undefined) return false
    this.#moved = this.#settings.location.locate(place.host, place.port)
    return true
  }

  #next(): Address {
    const { nodes } = this.#settings.location
    return nodes[this.#turn++ % nodes.length]!
  }

  #connect(address: Address): Promise<BusConnection> {
    const { location, staleAfter } = this.#settings
    return openBusConnection(address, location.connect, staleAfter, this.#end)
  }

  async #askSentinel(sentinel: Address): Promise<Address> {
    const { location, staleAfter } = this.#settings
    const connection = await this.#connect(sentinel)
    try {
      const send = (command: string[]) => connection.send(command, staleAfter)
      return (await askPrimary(send, sentinel, location)).address
    } finally {
      connection.close()
    }
  }
}
