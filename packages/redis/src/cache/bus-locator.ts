import type { Address } from "../connection/address.ts"
import { redirectionIn } from "../connection/named-place.ts"
import { askEvery, isAnother, PrimaryFinder } from "../connection/primary-finder.ts"
import { askPrimary, type NamedPrimary } from "../connection/sentinel-question.ts"
import { isOfReplica } from "../errors/server-errors.ts"
import { type BusConnection, openBusConnection } from "./bus-connection.ts"
import type { BusSettings } from "./bus-options.ts"

/** Milliseconds for a sentinel to connect, and as many to answer; `staleAfter` where that is less. */
const mostForSentinel = 2_000

/** Finds the server that has the stream: the only one, the sentinels' primary, or the owner of its slot. */
export class BusLocator {
  readonly #settings: BusSettings
  readonly #end: AbortSignal
  readonly #finder: PrimaryFinder
  readonly #onReplaced: () => void
  #turn = 0
  #asked: Address
  #moved: Address | undefined
  /** Of sentinels: to whom the last connection was. */
  #linked: NamedPrimary | undefined

  /**
   * @param end Ends a connection that is being made.
   * @param onReplaced Told when sentinels name another primary than the one that was connected to last.
   */
  constructor(settings: BusSettings, end: AbortSignal, onReplaced: () => void = () => {}) {
    this.#settings = settings
    this.#end = end
    this.#onReplaced = onReplaced
    this.#asked = settings.location.nodes[0]!
    this.#finder = new PrimaryFinder(settings.location, (sentinel) => this.#askSentinel(sentinel))
  }

  async open(): Promise<BusConnection> {
    if (this.#settings.location.kind === "sentinel") return this.#openPrimary()
    this.#asked = this.#moved ?? this.#next()
    this.#moved = undefined
    return this.#connect(this.#asked, this.#settings.staleAfter)
  }

  /** Whether `error` says where the stream is now; then the next connection goes there. */
  follow(error: unknown): boolean {
    const answer = (error as Error)?.message ?? ""
    if (isOfReplica(answer)) this.#finder.doubt()
    const place = answer.startsWith("MOVED ") ? redirectionIn(answer, this.#asked) : undefined
    if (place === undefined) return false
    this.#moved = this.#settings.location.locate(place.host, place.port)
    return true
  }

  #next(): Address {
    const { nodes } = this.#settings.location
    return nodes[this.#turn++ % nodes.length]!
  }

  #connect(address: Address, limit: number): Promise<BusConnection> {
    return openBusConnection(address, this.#settings.location.connect, limit, this.#end)
  }

  async #openPrimary(): Promise<BusConnection> {
    const named = await this.#finder.find()
    const connecting = this.#connect(named.address, this.#settings.staleAfter)
    const connection = await connecting.catch((error) => {
      this.#finder.doubt()
      throw error
    })
    const isReplaced = isAnother(named, this.#linked)
    this.#linked = named
    if (isReplaced) this.#onReplaced()
    return this.#watched(connection)
  }

  /** A primary that was replaced may go on to answer: the connection to it ends when the sentinels name another. */
  #watched({ send, close }: BusConnection): BusConnection {
    let isOpen = true
    let timer: NodeJS.Timeout
    const askAgain = () => {
      timer = setTimeout(look, askEvery).unref()
    }
    const look = async () => {
      const named = await this.#finder.next().catch(() => undefined)
      if (!isOpen) return
      if (named === undefined || !isAnother(named, this.#linked)) return askAgain()
      close()
      this.#linked = named
      this.#onReplaced()
    }
    const end = () => {
      isOpen = false
      clearTimeout(timer)
      close()
    }
    askAgain()
    return { send, close: end }
  }

  async #askSentinel(sentinel: Address): Promise<NamedPrimary> {
    const { location, staleAfter } = this.#settings
    const limit = Math.min(staleAfter, mostForSentinel)
    const connection = await this.#connect(sentinel, limit)
    try {
      const send = (command: string[]) => connection.send(command, limit)
      return await askPrimary(send, sentinel, location)
    } finally {
      connection.close()
    }
  }
}
