import { isOfReplica } from "../errors/server-errors.ts"
import { Endpoint, type Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"
import type { Location } from "./location.ts"
import { askOnce, type LinkSettings, openLink } from "./open-link.ts"
import { askEvery, isAnother, PrimaryFinder } from "./primary-finder.ts"
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

/**
 * The primary that the sentinels name. All of them are asked at every connection, and one after the other every second
 * in between.
 */
export class Sentinels implements Topology {
  readonly isSharded = false
  readonly #endpoint: Endpoint
  readonly #finder: PrimaryFinder
  /** To whom the connection is. */
  #linked: NamedPrimary | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(location: Location, settings: LinkSettings) {
    this.#finder = new PrimaryFinder(location, (sentinel) =>
      askOnce(sentinel, settings, (link) =>
        askPrimary((command) => link.send(command), sentinel, location),
      ),
    )
    this.#endpoint = new Endpoint(async (lost) => {
      const named = await this.#finder.find()
      const link = await openLink(named.address, settings, lost).catch((error) => {
        this.#finder.doubt()
        throw error
      })
      this.#linked = named
      this.#askAgain()
      return link
    })
  }

  link(): Link | undefined {
    return this.#endpoint.link
  }

  ready(_shard: number, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  misdirected(_shard: number, link: Link, answer: string): void {
    if (!isOfReplica(answer)) return
    this.#finder.doubt()
    link.fail(new Error("The server is a replica by now."))
  }

  redirected(_link: Link, _answer: string, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#endpoint.close()
  }

  /** A primary that was replaced may go on to answer; what is written there will be lost. */
  #askAgain(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(async () => {
      const { link } = this.#endpoint
      if (link === undefined) return
      const named = await this.#finder.next().catch(() => undefined)
      if (named !== undefined && link.end === undefined && isAnother(named, this.#linked)) {
        link.fail(new Error("The sentinels name another primary by now."))
      }
      if (this.#endpoint.link !== undefined) this.#askAgain()
    }, askEvery)
    this.#timer.unref()
  }
}
