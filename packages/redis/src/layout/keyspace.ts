import { hashSlot } from "../connection/hash-slot.ts"

/** The keys of one shard, all in one slot of a cluster: what changes together lies together. */
export interface ShardKeys {
  readonly shard: number
  /** What they all start with: the hash tag. */
  readonly tag: string
  /** STREAM of changes; its ids are the revisions. Also the channel of wake-ups. */
  readonly log: string
  /** ZSET of the keys that have a value, all with score 0: in lexicographic order. */
  readonly index: string
  /** ZSET of the keys that have a value with an expiry, by when that is. */
  readonly expiry: string
  /** HASH from key to the highest fencing token that it was written with. */
  readonly fences: string
}

/** Names the keys of a storage on the server. */
export class Keyspace {
  readonly shards: readonly ShardKeys[]

  constructor(prefix: string, shards: number) {
    this.shards = Array.from({ length: shards }, (_, shard) => shardKeys(prefix, shard))
  }

  /** Whether `shard` is one of these. */
  has(shard: ShardKeys): boolean {
    return this.shards[shard.shard] === shard
  }

  /** The shard of a key as it is stored. */
  of(key: string): ShardKeys {
    const { shards } = this
    return shards.length === 1 ? shards[0]! : shards[hashSlot(key) % shards.length]!
  }
}

/** HASH: how the prefix is laid out. */
export function manifestKey({ tag }: ShardKeys): string {
  return `${tag}manifest`
}

/** STRING: the current record of a key. */
export function recordKey({ tag }: ShardKeys, key: string): string {
  return `${tag}r:${key}`
}

/** ZSET: what is kept of a key's history, in the order of kind and id. */
export function historyKey({ tag }: ShardKeys, key: string): string {
  return `${tag}h:${key}`
}

/** HASH: the bytes of small copies, by kind and id. */
export function copiesKey({ tag }: ShardKeys, key: string): string {
  return `${tag}c:${key}`
}

/** STRING: bytes that are too large to lie in a record. */
export function bodyKey({ tag }: ShardKeys, body: string): string {
  return `${tag}b:${body}`
}

/** HASH: a lease. */
export function leaseKey({ tag }: ShardKeys, name: string): string {
  return `${tag}l:${name}`
}

/** The keys that a write of `key` may touch, in the order in which the scripts take them. */
export function allKeys(shard: ShardKeys, key: string): string[] {
  const { log, index, expiry, fences } = shard
  const copies = [historyKey(shard, key), copiesKey(shard, key)]
  return [recordKey(shard, key), log, index, expiry, fences, ...copies]
}

function shardKeys(prefix: string, shard: number): ShardKeys {
  const tag = tagOf(prefix, shard)
  const [log, index, expiry, fences] = [`${tag}log`, `${tag}i`, `${tag}x`, `${tag}f`]
  return Object.freeze({ shard, tag, log, index, expiry, fences })
}

function tagOf(prefix: string, shard: number): string {
  return `{${prefix}:${shard}}`
}
