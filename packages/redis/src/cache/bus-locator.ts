import type { Address } from "../connection/address.ts"
import { type BusConnection, openBusConnection } from "./bus-connection.ts"
import type { BusSettings } from "./bus-options.ts"

/** Finds the server that has the stream: the only one, the sentinels' master, or the owner of its slot. */
export class BusLocator {
  readonly #settings: BusSettings
  #turn = 0
  #asked: Address
  #moved: Address | undefined

  constructor(settings: BusSettings) {
    this.#settings = settings
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
    const moved = /^MOVED \d+ (.*):(\d+)$/.exec((error as Error)?.message ?? "")
    if (moved === null) return false
    // An empty host stands for the host that was asked.
    const host = moved[1] === "" ? this.#asked.host : moved[1]!.replace(/^\[(.*)\]$/, "$1")
    this.#moved = this.#settings.location.locate(host, Number(moved[2]))
    return true
  }

  #next(): Address {
    const { nodes } = this.#settings.location
    return nodes[this.#turn++ % nodes.length]!
  }

  #connect(address: Address): Promise<BusConnection> {
    const { location, staleAfter } = this.#settings
    return openBusConnection(address, location.connect, staleAfter)
  }

  async #askSentinel(sentinel: Address): Promise<Address> {
    const { location, staleAfter } = this.#settings
    const { name } = location
    const connection = await this.#connect(sentinel)
    try {
      const command = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]
      const found = await connection.send(command, staleAfter)
      if (!Array.isArray(found)) {
        throw new Error(`The sentinel at ${sentinel.host}:${sentinel.port} knows no "${name}".`)
      }
      return location.locate(String(found[0]), Number(found[1]))
    } finally {
      connection.close()
    }
  }
}
