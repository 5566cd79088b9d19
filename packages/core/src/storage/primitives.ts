import type { Entry } from "./entry.ts"

/**
 * Bytes as a backend stores them, with what it knows of them. They belong to whoever gets them: nobody else may change
 * them, and what becomes of them must not reach the storage.
 */
export interface StoredValue {
  readonly bytes: Uint8Array
  readonly entry: Entry
}

/** How much history of one key is kept. The newest copy is never removed for its age. */
export interface Retention {
  /** How many versions of a key are kept. */
  readonly versions: number
  /** How many backups of a key are kept. */
  readonly backups: number
  /** Copies older than this many milliseconds are removed. */
  readonly maxAge: number
}

/** What the base asks a backend to write. Keys in requests are whole: the subfolder is in them. */
export interface WriteRequest {
  /** File extension of the serializer; a value of the same key in another format is replaced. */
  readonly format: string
  /** Keep an immutable copy of the new bytes under this id, and name it in the entry's `version`. */
  readonly version: string | undefined
  /**
   * Keep the value that is replaced under this id, if there is one and `isValid` says so; name it in
   * the entry's `backup` only then.
   */
  readonly backup: string | undefined
  /**
   * Remove history beyond this, only after the new value is durable, and never `version` and `backup` themselves,
   * whatever the clocks of other copies say: `expiredHistory` takes them as `added`.
   */
  readonly retention: Retention
  /**
   * The revision that must still be there, `null` for "nothing must be there".
   * Otherwise the write fails with `ERR_PERSIST_CONFLICT`, decided atomically with it.
   */
  readonly ifRevision: string | null | undefined
  /** Milliseconds since the epoch, from which on no primitive sees the value; only where `supports.ttl`. */
  readonly expiresAt: number | undefined
  /**
   * Fencing token, only where `supports.fence`: below the key's mark, the write fails with
   * `ERR_PERSIST_FENCED` (`fencedError`), whatever `ifRevision` says; else the write raises the mark to
   * it. Decided atomically with the write. The mark outlives deletes and unfenced writes.
   */
  readonly fence: number | undefined
  readonly signal: AbortSignal | undefined
  /** Whether bytes of that format can be read back: damaged bytes never become a backup. */
  isValid(bytes: Uint8Array, format: string): boolean
}

/** What the base asks a backend to delete. */
export interface DeleteRequest {
  /** The revision that must still be there, else `ERR_PERSIST_CONFLICT`; also when nothing is there. */
  readonly ifRevision: string | undefined
  /** As for a write; a fenced delete of what is not there raises the key's mark too. */
  readonly fence: number | undefined
  /** Remove versions and backups too. */
  readonly history: boolean
  /** Keep the deleted value under this id. */
  readonly backup: string | undefined
  readonly retention: Retention
  readonly signal: AbortSignal | undefined
  isValid(bytes: Uint8Array, format: string): boolean
}

/** What the base asks a backend to list or watch: keys that start with `prefix` (`""` or ending in `/`). */
export interface ScanRequest {
  readonly prefix: string
  /** Aborted by the caller, and for `_watch` also by `close()`. */
  readonly signal: AbortSignal | undefined
}

/** What the base asks a backend to update: read, let `next` decide, write, as one step against all writers. */
export interface UpdateRequest {
  /**
   * Makes the new bytes from the current ones; called again after each conflict.
   * It runs the caller's code and may reject; then nothing is written, and the update rejects with
   * that very error. The caller's code may use other keys of the storage: hold nothing that they need.
   */
  next(current: StoredValue | undefined): Promise<NextValue>
  /** Milliseconds until `ERR_PERSIST_TIMEOUT`. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** What `UpdateRequest.next` decided. */
export interface NextValue {
  readonly bytes: Uint8Array
  /** As for `_write`; `ifRevision` is for the backend to fill in. */
  readonly request: WriteRequest
}
