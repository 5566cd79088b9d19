/** What a storage can do; read by callers and by the conformance suite. */
export interface StorageSupport {
  /** Values are there after the process has ended. */
  readonly persistent: boolean
  /** `ifRevision` and `update` hold against other processes too, not only within this one. */
  readonly multiProcess: boolean
  /** `version`, `backup`, `versions`, `backups`, `restore` and recovery from them. */
  readonly history: boolean
  /** `saveSync` and `loadSync`. */
  readonly sync: boolean
  /** The `ttl` option of `save`. */
  readonly ttl: boolean
  /** The `fence` option of `save`, `update`, `delete` and `restore`. */
  readonly fence: boolean
  /** `watch`. */
  readonly watch: boolean
}
