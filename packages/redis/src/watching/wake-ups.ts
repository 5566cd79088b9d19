import type { Link } from "../connection/link.ts"
import type { Topology } from "../connection/topology.ts"
import type { ShardKeys } from "../layout/keyspace.ts"
import type { Bell } from "./bell.ts"

/**
 * Rings the bells of watches when a server tells that a log has grown. It may tell nothing, or too much: what has
 * changed is read from the log, and the log is looked at from time to time anyway.
 */
export class WakeUps {
  readonly #topology: Topology
  readonly #bells = new Map<string, Set<Bell>>()
  readonly #heard = new WeakMap<Link, Set<string>>()

  constructor(topology: Topology) {
    this.#topology = topology
  }

  add(shards: readonly ShardKeys[], bell: Bell): void {
    for (const { log } of shards) {
      const bells = this.#bells.get(log) ?? new Set()
      this.#bells.set(log, bells.add(bell))
    }
  }

  remove(shards: readonly ShardKeys[], bell: Bell): void {
    for (const { shard, log } of shards) {
      const bells = this.#bells.get(log)
      bells?.delete(bell)
      if (bells === undefined || bells.size > 0) continue
      this.#bells.delete(log)
      this.#unsubscribe(shard, log)
    }
  }

  /**
   * Listens on the connection that there is now; sent before what the caller sends next.
   *
   * @returns Whether there is one.
   */
  listen({ shard, log }: ShardKeys): boolean {
    const link = this.#topology.link(shard)
    if (link === undefined) return false
    const heard = this.#heard.get(link) ?? this.#heardOn(link)
    if (heard.has(log)) return true
    heard.add(log)
    const ring = () => {
      for (const bell of this.#bells.get(log) ?? []) bell.ring(shard)
    }
    const { connection } = link
    const subscribing = this.#topology.isSharded
      ? connection.sSubscribe(log, ring)
      : connection.subscribe(log, ring)
    subscribing.catch(() => heard.delete(log))
    return true
  }

  #heardOn(link: Link): Set<string> {
    const heard = new Set<string>()
    this.#heard.set(link, heard)
    link.connection.on("sharded-channel-moved", (channel) => heard.delete(String(channel)))
    return heard
  }

  #unsubscribe(shard: number, log: string): void {
    const link = this.#topology.link(shard)
    if (link === undefined || !this.#heard.get(link)?.delete(log)) return
    const { connection } = link
    const unsubscribing = this.#topology.isSharded
      ? connection.sUnsubscribe(log)
      : connection.unsubscribe(log)
    unsubscribing.catch(() => {})
  }
}
