import type { Duration } from "@persist/atomic/options"
import type { Serializer } from "../serializer.ts"
import type { Entry } from "./entry.ts"

/** A `console`, or any part of it. */
export interface Logger {
  debug?(message: string, ...details: unknown[]): void
  info?(message: string, ...details: unknown[]): void
  warn?(message: string, ...details: unknown[]): void
  error?(message: string, ...details: unknown[]): void
}

/** What every storage takes; backends add theirs. */
export interface StorageOptions {
  /** Format of values that name no other. @default new JsonSerializer() */
  readonly serializer?: Serializer | undefined
  /** Further formats that this storage sees. One passed to `save` or `load` joins them. */
  readonly serializers?: readonly Serializer[] | undefined
  /** How many versions and how many backups of a key are kept. @default { versions: Infinity, backups: 10 } */
  readonly keep?:
    | number
    | { readonly versions?: number | undefined; readonly backups?: number | undefined }
    | undefined
  /** Versions and backups older than this are removed, but never the newest. @default Infinity */
  readonly maxAge?: Duration | undefined
  /** Receives what an operator should know, such as a recovered value. @default none */
  readonly logger?: Logger | undefined
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: (() => number) | undefined
}

/** The names in `StorageOptions`, for a backend's own options check. */
export const storageOptionNames: { readonly [Name in keyof Required<StorageOptions>]: true } = {
  serializer: true,
  serializers: true,
  keep: true,
  maxAge: true,
  logger: true,
  clock: true,
}

interface KeyOptions {
  /** Folder of the key: `{ subfolder: "a/b" }` and key `"c"` name the value `"a/b/c"`. @default none */
  readonly subfolder?: string | undefined
  /** Ends waiting with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `save` and `saveSync`. */
export interface SaveOptions<T = unknown> extends KeyOptions {
  /** Format of this value. @default the storage's serializer */
  readonly serializer?: Serializer<T> | Serializer | undefined
  /** Record an immutable version as well. @default false */
  readonly version?: boolean | undefined
  /** Keep the value that is replaced. @default false */
  readonly backup?: boolean | undefined
  /** Write only over this revision; `null`: only when there is no value. @default undefined: always */
  readonly ifRevision?: string | null
  /** The value is gone after this time; needs `supports.ttl`. @default never */
  readonly ttl?: Duration | undefined
  /**
   * Fencing token of the lease that this write is made under: refused with `ERR_PERSIST_FENCED` when a write
   * with a higher one was made to this key. A safe integer from 0; needs `supports.fence`. @default none: not fenced
   */
  readonly fence?: number | undefined
}

/** Options of `load`, `loadEntry` and `loadSync`. */
export interface LoadOptions<T = unknown> extends KeyOptions {
  /** Format to read. @default the one that fits */
  readonly serializer?: Serializer<T> | Serializer | undefined
  /** Id of a version or backup instead of the current value. */
  readonly version?: string | undefined
  /** Returned for a missing key, never for a damaged value. @default undefined */
  readonly default?: T | undefined
}

/** Options of `delete`. */
export interface DeleteOptions extends KeyOptions {
  /** Delete only this revision. @default undefined: any */
  readonly ifRevision?: string
  /** Keep the deleted value as a backup; not together with `history`. @default false */
  readonly backup?: boolean | undefined
  /** Delete versions and backups too. @default false */
  readonly history?: boolean | undefined
  /**
   * Fencing token of the lease that this delete is made under: refused with `ERR_PERSIST_FENCED` when a write
   * with a higher one was made to this key. A safe integer from 0; needs `supports.fence`. @default none: not fenced
   */
  readonly fence?: number | undefined
}

/** Options of `exists`, `stat`, `versions` and `backups`. */
export interface StatOptions extends KeyOptions {}

/** Options of `list` and `entries`. */
export interface ListOptions extends KeyOptions {
  /** Glob on the key below `subfolder`: `*` and `?` stay in a segment, `**` does not. @default every key */
  readonly pattern?: string | undefined
}

/** Options of `update`. */
export interface UpdateOptions<T = unknown> extends Omit<SaveOptions<T>, "ifRevision"> {
  /** What the change receives for a missing key. @default undefined */
  readonly default?: T | undefined
  /** Longest wait for other writers; `ERR_PERSIST_TIMEOUT` after it. @default "30s" */
  readonly timeout?: Duration | undefined
}

/** Options of `watch`. */
export interface WatchOptions extends KeyOptions {
  /** Only this key. @default every key below `subfolder` */
  readonly key?: string | undefined
}

/** Options of `restore`. */
export interface RestoreOptions extends KeyOptions {
  /** Keep the value that is replaced. @default true */
  readonly backup?: boolean | undefined
  /**
   * Fencing token of the lease that this write is made under: refused with `ERR_PERSIST_FENCED` when a write
   * with a higher one was made to this key. A safe integer from 0; needs `supports.fence`. @default none: not fenced
   */
  readonly fence?: number | undefined
}

/** What `loadEntry` found. */
export interface LoadedEntry<T> {
  readonly value: T
  readonly entry: Entry
}
