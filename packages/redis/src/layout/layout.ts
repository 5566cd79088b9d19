import { PersistError } from "@persist/core"
import { isAway } from "../errors/connection-errors.ts"
import { Keyspace, type ShardKeys } from "./keyspace.ts"
import type { Manifest } from "./manifest.ts"

/** Lays a shard out as `manifest` says, unless it is laid out already. @returns How it is then. */
export type Lay = (shard: ShardKeys, manifest: Manifest) => Promise<Manifest>

/** Milliseconds between two looks of reads that find nothing. */
const lookEvery = 1_000

/**
 * How a prefix is laid out: shard 0 says it for all, and each other one repeats it. A server that is emptied while a
 * storage is open forgets it; then a write that finds nothing is refused, and who asks next lays it out anew.
 */
export class Layout {
  readonly #prefix: string
  readonly #wanted: number | undefined
  readonly #lay: Lay
  #manifest: Manifest
  #keyspace: Keyspace
  #asking: Promise<void> | undefined
  #askedAt = 0

  /**
   * @param wanted How many shards its user has asked for.
   * @param manifest How to lay it out where it is not.
   */
  constructor(prefix: string, wanted: number | undefined, manifest: Manifest, lay: Lay) {
    this.#prefix = prefix
    this.#wanted = wanted
    this.#manifest = manifest
    this.#lay = lay
    this.#keyspace = new Keyspace(prefix, manifest.shards)
  }

  get keyspace(): Keyspace {
    return this.#keyspace
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** Learns how the prefix is laid out, or lays it out. @throws `ERR_PERSIST_INVALID_OPTION` */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** The same for one shard, which has refused a write. @throws `ERR_PERSIST_CORRUPT` too. */
  async askFor(shard: ShardKeys): Promise<void> {
    await this.ask()
    if (!this.#keyspace.has(shard)) return
    const { shards } = await this.#lay(shard, this.#manifest)
    if (shards === this.#manifest.shards) return
    throw new PersistError(
      "ERR_PERSIST_CORRUPT",
      `The prefix "${this.#prefix}" is spread over ${this.#manifest.shards} shards, but shard ${shard.shard} is one of ${shards}: a part of the servers was emptied. Remove every key below the prefix, or give another one.`,
    )
  }

  /**
   * After a read that found nothing: whether to read again, since the prefix is laid out otherwise by now. Looks at
   * most once a second.
   */
  hasChanged(): Promise<boolean> | false {
    if (performance.now() - this.#askedAt < lookEvery) return false
    const { keyspace } = this
    return this.ask().then(
      () => this.#keyspace !== keyspace,
      (error) => {
        // The read has been answered.
        if (isAway(error)) return false
        throw error
      },
    )
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now()
    const manifest = await this.#lay(this.#keyspace.shards[0]!, this.#manifest)
    if (this.#wanted !== undefined && this.#wanted !== manifest.shards) {
      throw new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        `shards is ${this.#wanted}, but the prefix "${this.#prefix}" is spread over ${manifest.shards} already; leave the option away, or copy the storage to another prefix.`,
      )
    }
    const { shards, changes } = this.#manifest
    if (manifest.shards !== shards) this.#keyspace = new Keyspace(this.#prefix, manifest.shards)
    // The same object as long as it says the same.
    if (manifest.shards !== shards || manifest.changes !== changes) this.#manifest = manifest
  }
}
