/** What is known of a stored value without reading it. */
export interface Entry {
  /** The key as the caller names it: relative to the `subfolder` of the call. */
  readonly key: string
  /** Size of the stored bytes. */
  readonly size: number
  /** Opaque; another one after every write. Pass it as `ifRevision`. */
  readonly revision: string
  /** When the value was saved. */
  readonly savedAt: Date
  /** File extension of the serializer that wrote it, such as `".json"`. */
  readonly format: string
  /** When the value expires; only where `supports.ttl` and a `ttl` was given. */
  readonly expiresAt?: Date
  /** Highest fencing token that the key was written with; only where `supports.fence` and where it is known. */
  readonly fence?: number
  /** Where the value lies; only on files. */
  readonly path?: string
  /** Id of the immutable version that this save recorded (`version: true`). */
  readonly version?: string
  /** Id of the backup that this save made of the value it replaced (`backup: true`). */
  readonly backup?: string
  /** Set when the stored bytes were damaged and this value came from history. */
  readonly recovered?: Recovery
}

/** How a damaged value was recovered. */
export interface Recovery {
  /** Id of the backup or version that the value came from. */
  readonly from: string
  /** Whether `from` names a version or a backup. */
  readonly kind: HistoryKind
  /** When that copy was made. */
  readonly savedAt: Date
  /** Why the stored bytes were rejected. */
  readonly reason: unknown
}

/** Versions are made on request, backups of what a save replaces. */
export type HistoryKind = "version" | "backup"

/** One kept copy of a value. Ids sort by time and never collide. */
export interface HistoryEntry {
  readonly id: string
  readonly kind: HistoryKind
  /** When the copy was made. */
  readonly savedAt: Date
  /** Size of its bytes. */
  readonly size: number
  /** File extension of the serializer that wrote it. */
  readonly format: string
}

/** One thing that happened to a key. */
export interface Change {
  /** `"gap"`: changes may have been missed; look at everything again. */
  readonly type: "save" | "delete" | "gap"
  /** Relative to the `subfolder` of the call; empty for a gap. */
  readonly key: string
  /** Revision after a save, where the backend knows it. */
  readonly revision?: string
}
