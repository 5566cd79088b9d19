import type { Entry } from "@persist/core"
import type { StateMetadata } from "./envelope.ts"

/** What is known of a saved state beside its data. */
export interface StateInfo {
  readonly name: string
  /** When the state was saved. */
  readonly savedAt: Date
  /** Size of the stored bytes. */
  readonly size: number
  /** Opaque; another one after every save. Pass it as `ifRevision`. */
  readonly revision: string
  /** File extension of the format, such as `".json"`. */
  readonly format: string
  /** Where the state lies; only on files. */
  readonly path?: string
  /** Schema version of the data; only where the manager that saved it had one. */
  readonly version?: number
  /** Id of the checkpoint that the last save recorded. */
  readonly checkpoint?: string
  /** Label of that checkpoint. */
  readonly label?: string
}

/** Joins what the storage knows of a state with what its metadata says. */
export function stateInfo(entry: Entry, metadata?: StateMetadata): StateInfo {
  const written = metadata && new Date(metadata.savedAt)
  return {
    name: entry.key,
    savedAt: written && !Number.isNaN(written.getTime()) ? written : entry.savedAt,
    size: entry.size,
    revision: entry.revision,
    format: entry.format,
    ...(entry.path !== undefined && { path: entry.path }),
    ...(metadata?.version !== undefined && { version: metadata.version }),
    ...(metadata?.checkpoint !== undefined && { checkpoint: metadata.checkpoint }),
    ...(metadata?.label !== undefined && { label: metadata.label }),
  }
}
