import { isOfReplica } from "../errors/server-errors.ts"
import type { Address } from "./address.ts"
import { Endpoint, type Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"
import { type LinkSettings, openLink } from "./open-link.ts"
import type { Topology } from "./topology.ts"

/** One server at one address. */
export class Standalone implements Topology {
  readonly isSharded = false
  readonly #endpoint: Endpoint

  constructor(address: Address, settings: LinkSettings) {
    this.#endpoint = new Endpoint((lost) => openLink(address, settings, lost))
  }

  link(): Link | undefined {
    return this.#endpoint.link
  }

  ready(_shard: number, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  misdirected(_shard: number, link: Link, answer: string): void {
    // Perhaps a name in front of it points to the primary by now.
    if (isOfReplica(answer)) link.fail(new Error("The server is a replica."))
  }

  redirected(_link: Link, _answer: string, wait: Wait): Promise<Link> {
    return this.#endpoint.ready(wait)
  }

  close(): void {
    this.#endpoint.close()
  }
}
