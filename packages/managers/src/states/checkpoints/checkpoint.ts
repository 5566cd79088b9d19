import { historyIdTime, type PersistError } from "@persist/core"
import type { StoredOperation } from "../../diff/patch.ts"
import { isPlainObject } from "../../plain-object.ts"

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
  /** It, or one that it builds on, cannot be read any more, or not by this program, which has not the class or key for it: `loadState` says why. */
  readonly damaged?: true
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
  | { readonly base: string; readonly depth: number; readonly patch: readonly StoredOperation[] }

/** A stored checkpoint with its id. */
export interface StoredCheckpoint {
  readonly id: string
  readonly record: CheckpointRecord
  readonly size: number
  /** Why it cannot be read; the record is made up then. */
  readonly damage?: PersistError
}

/** What stands for a checkpoint that cannot be read. */
export function damagedCheckpoint(id: string, damage: PersistError): StoredCheckpoint {
  const savedAt = new Date(historyIdTime(id)).toISOString()
  return { id, record: { savedAt, content: { data: undefined } }, size: 0, damage }
}

/** Whether what is stored is a checkpoint. */
export function isCheckpointRecord(value: unknown): value is CheckpointRecord {
  return isPlainObject(value) && typeof value.savedAt === "string" && isPlainObject(value.content)
}

/** Whether somebody asked for this one to stay. */
export function isProtected({ pinned, forks }: CheckpointRecord): boolean {
  return pinned === true || (forks !== undefined && forks.length > 0)
}

/** Whether a checkpoint is stored as changes to the one called `base`. */
export function buildsOn(stored: StoredCheckpoint | undefined, base: string): boolean {
  return (
    stored !== undefined && "base" in stored.record.content && stored.record.content.base === base
  )
}

/** A stored checkpoint as callers see it. */
export function checkpointOf({ id, record, size, damage }: StoredCheckpoint): Checkpoint {
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
    ...(damage && { damaged: true as const }),
  }
}
