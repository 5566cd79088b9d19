import { Endpoint } from "../connection/endpoint.ts"
import type { Link } from "../connection/link.ts"
import { type LinkSettings, openLink } from "../connection/open-link.ts"
import { ReplicationGroup, type ReplicationLimits } from "./replication-group.ts"

/** Waits for replicas, server by server. */
export class Replication {
  readonly #groups = new Map<string, ReplicationGroup>()
  readonly #settings: LinkSettings
  readonly #limits: ReplicationLimits

  constructor(settings: LinkSettings, limits: ReplicationLimits) {
    this.#settings = { ...settings, scripts: [] }
    this.#limits = limits
  }

  /**
   * Resolves when enough replicas have what was written on `link`.
   *
   * @param tag Of a shard that lies on that server.
   * @param until On `performance.now()`.
   * @throws `ERR_PERSIST_INDETERMINATE`
   */
  confirm(link: Link, tag: string, until: number): Promise<void> {
    let group = this.#groups.get(link.address)
    if (group === undefined) {
      const endpoint = new Endpoint((lost) => openLink(link.place, this.#settings, lost))
      group = new ReplicationGroup(endpoint, this.#limits)
      this.#groups.set(link.address, group)
    }
    return group.confirm(link, tag, until)
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
  }
}
