import type { Connections } from "../connection/connections.ts"
import type { Link } from "../connection/link.ts"
import type { ShardKeys } from "../layout/keyspace.ts"
import type { Bell } from "./bell.ts"
import { Ear } from "./ear.ts"
import { Questions } from "./questions.ts"

/**
 * Rings the bells of watches when a server tells that a log has grown. It may tell nothing, or too much: what has
 * changed is read from the log, and the log is looked at from time to time anyway.
 */
export class WakeUps {
  /** What watches ask when they are woken up. */
  readonly questions: Questions = new Questions()
  readonly #connections: Connections
  readonly #bells = new Map<string, Set<Bell>>()
  /** By the connection that asks the same server: who notices that one is dead makes a new one of both. */
  readonly #ears = new Map<Link, Ear>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  add(shards: readonly ShardKeys[], bell: Bell): void {
    for (const { log } of shards) {
      const bells = this.#bells.get(log) ?? new Set()
      this.#bells.set(log, bells.add(bell))
    }
  }

  remove(shards: readonly ShardKeys[], bell: Bell): void {
    for (const { log } of shards) {
      const bells = this.#bells.get(log)
      bells?.delete(bell)
      if (bells === undefined || bells.size > 0) continue
      this.#bells.delete(log)
      for (const ear of this.#ears.values()) ear.forget(log)
    }
    this.#drop()
  }

  /**
   * Listens at the server that there is a connection to now.
   *
   * @returns Whether there is one.
   */
  listen({ shard, log }: ShardKeys): boolean {
    const { topology, openEar } = this.#connections
    const link = topology.link(shard)
    if (link === undefined) return false
    let ear = this.#ears.get(link)
    if (ear === undefined || ear.isOver) {
      this.#drop()
      ear = new Ear(openEar(link.place), topology.isSharded)
      this.#ears.set(link, ear)
    }
    ear.listen(log, () => {
      for (const bell of this.#bells.get(log) ?? []) bell.ring(shard)
    })
    return true
  }

  /** Ends what nobody needs any more. */
  #drop(): void {
    for (const [link, ear] of this.#ears) {
      if (link.end === undefined && !ear.isIdle && !ear.isOver) continue
      this.#ears.delete(link)
      ear.close()
    }
  }
}
