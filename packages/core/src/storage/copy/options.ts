import { invalidOption, optionsCheck } from "@persist/atomic/options"

/** Options of `copyStorage`. */
export interface CopyOptions {
  /** Copies the keys below this folder. @default every key */
  readonly subfolder?: string | undefined
  /** Copies the keys below `subfolder` that match this glob. @default every key */
  readonly pattern?: string | undefined
  /** Copies versions and backups too; both storages must support history then. @default where the source does */
  readonly history?: boolean | undefined
  /**
   * Copies the highest fencing token of each key too; the target must support fences then. Give false where the
   * leases of the target are another store's, whose tokens begin anew. @default where a key has one
   */
  readonly fences?: boolean | undefined
  /** Reads back what was written and compares it. @default true */
  readonly verify?: boolean | undefined
  /** How many keys are copied at once. @default 4 */
  readonly concurrency?: number | undefined
  /** Called after every key. @default none */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
  /** Ends the copy between two writes with `ERR_PERSIST_ABORTED`; call it again to go on. */
  readonly signal?: AbortSignal | undefined
}

/** How far a copy has come. */
export interface CopyProgress {
  /** The whole key that was just done. */
  readonly key: string
  /** Whether anything had to be written for it. */
  readonly copied: boolean
  /** Keys done so far, and how many there are. */
  readonly done: number
  readonly total: number
}

/** What a copy did. */
export interface CopyResult {
  /** Keys for which something was written. */
  readonly copied: number
  /** Keys that were equal already, from an earlier run. */
  readonly unchanged: number
  /** Versions and backups that were written. */
  readonly historyCopied: number
  /** Bytes that were written. */
  readonly bytes: number
}

const checkNames = optionsCheck<CopyOptions>("copyStorage", {
  subfolder: true,
  pattern: true,
  history: true,
  fences: true,
  verify: true,
  concurrency: true,
  onProgress: true,
  signal: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkCopyOptions(options: CopyOptions): void {
  checkNames(options)
  const { concurrency = 1, onProgress } = options
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw invalidOption("copyStorage: concurrency", concurrency, "whole numbers from 1")
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw invalidOption("copyStorage: onProgress", onProgress, "a function")
  }
  for (const name of ["history", "fences", "verify"] as const) {
    const value = options[name]
    if (value !== undefined && typeof value !== "boolean") {
      throw invalidOption(`copyStorage: ${name}`, value, "true or false")
    }
  }
}
