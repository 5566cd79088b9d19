import { isOfReplica } from "../errors/server-errors.ts"
import { type Address, shownAddress } from "./address.ts"
import { Endpoint, Refusal, type Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"
import type { Location } from "./location.ts"
import { askOnce, type LinkSettings, openLink } from "./open-link.ts"
import { askPrimary, type NamedPrimary } from "./sentinel-question.ts"
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

/**
 * The primary that the sentinels name of which the others have heard latest. One of them is asked at every connection,
 * and one after the other every second in between: one that is cut off from the others names for ever who was it once.
 */
export class Sentinels implements Topology {
  readonly isSharded = false
  readonly #endpoint: Endpoint
  readonly #settings: LinkSettings
  readonly #location: Location
  #turn = 0
  /** The latest that was heard of. */
  #latest: NamedPrimary | undefined
  /** To whom the connection is. */
  #linked: NamedPrimary | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(location: Location, settings: LinkSettings) {
    this.#settings = settings
    this.#location = location
    this.#endpoint = new Endpoint(async (lost) => {
      const named = await this.#primary()
      try {
        const link = await openLink(named.address, settings, lost)
        this.#linked = named
        this.#askAgain()
        return link
      } catch (error) {
        // It may name who was the primary once.
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

  /**
   * Asks one sentinel after the other until one answers that knows of the latest failover. Where none does, we know more
   * than they; but for where most of them say so: then they were made to forget, and the one that knows most counts.
   */
  async #primary(first = this.#turn): Promise<NamedPrimary> {
    const failures: unknown[] = []
    let outdated: NamedPrimary | undefined
    const { nodes, name } = this.#location
    for (let turn = first; turn < first + nodes.length; turn++) {
      try {
        const named = await this.#ask(nodes[turn % nodes.length]!)
        if (!isBefore(named, this.#latest)) {
          this.#turn = turn
          this.#latest = named
          return named
        }
        if (outdated === undefined || isBefore(outdated, named)) outdated = named
      } catch (error) {
        failures.push(error)
      }
    }
    if (outdated !== undefined) {
      if (failures.length < nodes.length / 2) this.#latest = outdated
      return this.#latest!
    }
    const refusal = failures.find((failure) => failure instanceof Refusal)
    if (refusal !== undefined) throw refusal
    throw new Error(`None of the ${failures.length} sentinels could tell where "${name}" is.`, {
      cause: failures.at(-1),
    })
  }

  #ask(node: Address): Promise<NamedPrimary> {
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
      // Who connects meanwhile does not begin with this one: it may not answer.
      const next = this.#linked?.epoch === undefined ? this.#turn : this.#turn + 1
      const named = await this.#primary(next).catch(() => undefined)
      const isAnother = named !== undefined && this.#isAnother(named, link)
      if (isAnother && link.end === undefined) {
        link.fail(new Error("The sentinels name another primary by now."))
      }
      if (this.#endpoint.link !== undefined) this.#askAgain()
    }, askEvery)
    this.#timer.unref()
  }

  /** Of one failover two sentinels may know by different names. */
  #isAnother({ address, epoch, by }: NamedPrimary, link: Link): boolean {
    if (shownAddress(address) === link.address) return false
    return epoch === undefined || epoch !== this.#linked?.epoch || by === this.#linked.by
  }
}

/** Whether `one` knows of fewer failovers. */
function isBefore({ epoch }: NamedPrimary, other: NamedPrimary | undefined): boolean {
  return epoch !== undefined && other?.epoch !== undefined && epoch < other.epoch
}
