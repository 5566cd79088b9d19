import { type Duration, type StorageOptions, storageOptionNames } from "@persist/core"
import { invalidOption, optionsCheck, toMilliseconds } from "@persist/core/options"
import type { ClientTemplate } from "./connection/connect.ts"
import { type Location, readLocation } from "./connection/location.ts"
import type { SentinelAddresses } from "./connection/sentinels.ts"

/** What `maxmemory-policy` can be. */
export type EvictionPolicy =
  | "noeviction"
  | "allkeys-lru"
  | "allkeys-lfu"
  | "allkeys-random"
  | "volatile-lru"
  | "volatile-lfu"
  | "volatile-random"
  | "volatile-ttl"

/** What a write of a `RedisStorage` survives. */
export type RedisDurability = "memory" | "replicated"

/** Options of a `RedisStorage`. */
export interface RedisStorageOptions extends StorageOptions {
  /** Where the server is: `redis://`, or `rediss://` for TLS. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined
  /**
   * A client made by `createClient`, `createCluster` (of `redis` 5 or 6) or `createSentinel` (6), instead of `url`:
   * connections of the storage's own are made with its addresses, credentials and encryption. It stays yours,
   * connected or not.
   */
  readonly client?: ClientTemplate | undefined
  /** Sentinels that know the server, instead of `url`. */
  readonly sentinel?: SentinelAddresses | undefined
  /** Addresses of some nodes of a Redis Cluster, instead of `url`; all nodes take the credentials of the first. */
  readonly cluster?: readonly string[] | undefined
  /** What every key of this storage starts with; storages with different prefixes share nothing. @default "persist" */
  readonly prefix?: string | undefined
  /**
   * Within what time every question to the server settles, whatever the server and the network do; most operations
   * are one. @default "10s"
   */
  readonly timeout?: Duration | undefined
  /**
   * What a write survives when its promise resolves. `"memory"`: the end of this process; the primary has it in its
   * memory, and on disk as its `appendfsync` says. `"replicated"`: also the loss of the primary, when the failover
   * chooses one of the `replicas` that have confirmed it. @default "memory"
   */
  readonly durability?: RedisDurability | undefined
  /** How many replicas confirm a write with `durability: "replicated"`. @default 1 */
  readonly replicas?: number | undefined
  /**
   * A policy by which the server may throw stored values away, to be accepted. By default only `noeviction`
   * is, since nothing else keeps what was saved.
   */
  readonly evictionPolicy?: EvictionPolicy | undefined
  /** Over how many shards a new prefix is spread; what it has once is kept. @default 1; on a cluster 64 */
  readonly shards?: number | undefined
  /**
   * How many changes the log of each shard of a new prefix keeps at least: so far back can a watch fall, and can
   * an operation be looked for whose answer was lost. @default 10,000; on a cluster 1,000
   */
  readonly changes?: number | undefined
}

/** The options of a storage, read. */
export interface RedisSettings {
  readonly location: Location
  readonly prefix: string
  /** Milliseconds. */
  readonly timeout: number
  /** How many replicas confirm a write. */
  readonly replicas: number
  readonly evictionPolicy: string | undefined
  readonly shards: number | undefined
  readonly changes: number | undefined
}

const check = optionsCheck<RedisStorageOptions>("RedisStorage", {
  ...storageOptionNames,
  url: true,
  client: true,
  sentinel: true,
  cluster: true,
  prefix: true,
  timeout: true,
  durability: true,
  replicas: true,
  evictionPolicy: true,
  shards: true,
  changes: true,
})

const policies: readonly string[] = [
  "noeviction",
  ...["allkeys-lru", "allkeys-lfu", "allkeys-random"],
  ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
]
const shortestTimeout = 50
const longestTimeout = 600_000
const mostShards = 1_024

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readOptions(options: RedisStorageOptions): RedisSettings {
  check(options)
  const {
    prefix = "persist",
    timeout: duration = 10_000,
    durability = "memory",
    replicas,
    evictionPolicy,
    shards,
    changes,
  } = options
  const timeout = toMilliseconds(duration, "timeout")
  if (typeof prefix !== "string" || !/^[^{}\s\p{C}]{1,100}$/u.test(prefix)) {
    throw invalidOption("prefix", prefix, "1 to 100 characters without spaces and braces")
  }
  if (!(timeout >= shortestTimeout && timeout <= longestTimeout)) {
    throw invalidOption("timeout", duration, `${shortestTimeout} ms to 10 minutes`)
  }
  if (evictionPolicy !== undefined && !policies.includes(evictionPolicy)) {
    throw invalidOption("evictionPolicy", evictionPolicy, policies.join(", "))
  }
  if (durability !== "memory" && durability !== "replicated") {
    throw invalidOption("durability", durability, '"memory", "replicated"')
  }
  checkCount("replicas", replicas, 100)
  if (replicas !== undefined && durability === "memory") {
    throw invalidOption("replicas", replicas, 'only with durability: "replicated"')
  }
  checkCount("shards", shards, mostShards)
  checkCount("changes", changes, 10_000_000)
  const confirmed = durability === "replicated" ? (replicas ?? 1) : 0
  const location = readLocation("RedisStorage", options)
  return Object.freeze({
    ...{ location, prefix, timeout, evictionPolicy, shards, changes },
    replicas: confirmed,
  })
}

function checkCount(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return
  throw invalidOption(name, value, `whole numbers from 1 to ${most}`)
}
