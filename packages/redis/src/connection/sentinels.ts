import { isOfReplica } from "../errors/server-errors.ts"
import { type Address, shownAddress } from "./address.ts"
import { Endpoint, Refusal, type Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"
import type { Location } from "./location.ts"
import { askOnce, type LinkSettings, openLink } from "./open-link.ts"
import { askPrimary } from "./sentinel-question.ts"
import type { Topology } from "./topology.ts"

/** Sentinels, and what they call the server. */
export interface SentinelAddresses {
  /** Name of the master set. */
  readonly name: string
  /** Addresses of sentinels, as URLs. */
  readonly nodes: readonly string[]
  /** Put before the server's address: who to log in as, and whether by TLS. @default "redis://" */
  readonly url?: string | undefined
}

/** Milliseconds between two questions whether the primary is still the same. */
const askEvery = 1_000

/** The primary that sentinels agree on. They are asked at every connection, and every second in between. */
export class Sentinels implements Topology {
  readonly isSharded = false
  readonly #endpoint: Endpoint
  readonly #settings: LinkSettings
  readonly #location: Location
  #turn = 0
  #timer: NodeJS.Timeout | undefined

  constructor(location: Location, settings: LinkSettings) {
    this.#settings = settings
    this.#location = location
    this.#endpoint = new Endpoint(async (lost) => {
      const primary = await this.#primary()
      try {
        const link = await openLink(primary, settings, lost)
        this.#askAgain()
        return link
      } catch (error) {
        // One that the others do not reach names for ever who was the primary once.
        this.#turn++
        throw error
      }
    })
  }

  link(): Link | undefined {
    return this.#endpoint.link
  }

  ready(_shard: number, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  misdirected(_shard: number, link: Link, answer: string): void {
    if (isOfReplica(answer)) link.fail(new Error("The server is a replica by now."))
  }

  redirected(_link: Link, _answer: string, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#endpoint.close()
  }

  /** Asks one sentinel after the other, beginning with the one that has answered last. */
  async #primary(): Promise<Address> {
    const failures: unknown[] = []
    const { nodes, name } = this.#location
    for (let attempt = 0; attempt < nodes.length; attempt++) {
      const node = nodes[this.#turn % nodes.length]!
      try {
        return await this.#ask(node)
      } catch (error) {
        failures.push(error)
        this.#turn++
      }
    }
    const refusal = failures.find((failure) => failure instanceof Refusal)
    if (refusal !== undefined) throw refusal
    throw new Error(`None of the ${failures.length} sentinels could tell where "${name}" is.`, {
      cause: failures.at(-1),
    })
  }

  #ask(node: Address): Promise<Address> {
    return askOnce(node, this.#settings, (link) =>
      askPrimary((command) => link.send(command), node, this.#location),
    )
  }

  /** A primary that was replaced may go on to answer; what is written there will be lost. */
  #askAgain(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(async () => {
      const { link } = this.#endpoint
      if (link === undefined) return
      const primary = await this.#primary().catch(() => undefined)
      const isAnother = primary !== undefined && shownAddress(primary) !== link.address
      if (isAnother && link.end === undefined) {
        link.fail(new Error("The sentinels name another primary by now."))
      }
      if (this.#endpoint.link !== undefined) this.#askAgain()
    }, askEvery)
    this.#timer.unref()
  }
}
