import type { PatchOperation } from "../../diff/patch.ts"

/** One step of a state's history. */
export interface Checkpoint {
  /** Sorts by time; pass it as `at`. */
  readonly id: string
  readonly savedAt: Date
  readonly label?: string
  /** Retention never removes it. */
  readonly pinned: boolean
  /** Schema version of its data. */
  readonly version?: number
  /** The checkpoint that `restore` brought back by this one. */
  readonly restored?: string
  /** Where this history was forked from; only on its first checkpoint. */
  readonly forkedFrom?: { readonly name: string; readonly id: string }
  /** Names of the states that were forked from here. */
  readonly forks: readonly string[]
  /** Bytes that it takes. */
  readonly size: number
}

/** A checkpoint as it is stored: whole, or as changes to another. */
export interface CheckpointRecord {
  readonly savedAt: string
  readonly label?: string
  readonly pinned?: boolean
  readonly version?: number
  readonly restored?: string
  readonly forkedFrom?: { readonly name: string; readonly id: string }
  readonly forks?: readonly string[]
  /** Set while retention is removing it: no longer part of the history, and no base for anything new. */
  readonly removing?: boolean
  readonly content: CheckpointContent
}

/** Whole data, or the checkpoint that it builds on with the changes; `depth` counts the changes to go through. */
export type CheckpointContent =
  | { readonly data: unknown }
  | { readonly base: string; readonly depth: number; readonly patch: readonly PatchOperation[] }

/** A stored checkpoint with its id. */
export interface StoredCheckpoint {
  readonly id: string
  readonly record: CheckpointRecord
  readonly size: number
}

/** A stored checkpoint as callers see it. */
export function checkpointOf({ id, record, size }: StoredCheckpoint): Checkpoint {
  const { savedAt, label, pinned = false, version, restored, forkedFrom, forks = [] } = record
  return {
    id,
    savedAt: new Date(savedAt),
    pinned,
    forks,
    size,
    ...(label !== undefined && { label }),
    ...(version !== undefined && { version }),
    ...(restored !== undefined && { restored }),
    ...(forkedFrom !== undefined && { forkedFrom }),
  }
}
