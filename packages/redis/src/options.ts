import type { StorageOptions } from "@persist/core"

/** Options of a `RedisStorage`. */
export interface RedisStorageOptions extends StorageOptions {
  /** Where the server is: `redis://`, or `rediss://` for TLS. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined
  /** What every key of this storage starts with; storages with different prefixes share nothing. @default "persist" */
  readonly prefix?: string | undefined
}
