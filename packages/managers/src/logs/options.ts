import type { Durability } from "@persist/core"
import { invalidOption, kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import { type StorageSource, storageSourceNames } from "../storage-source.ts"
import { levelWeight, logLevels } from "./log-entry.ts"
import type { LogQuery } from "./log-query.ts"
import type { RotationOptions } from "./rotation.ts"

/** Options of `LogManager`. */
export interface LogManagerOptions extends StorageSource {
  /**
   * What an append that resolved survives: `"full"` a power cut; `"file"` too, except that it may take a file
   * begun a moment ago; `"none"` the end of this process. Appends that run at the same time share one fsync.
   * @default "full"
   */
  readonly durability?: Durability | undefined
  /** When a file is sealed and what becomes of it; only for logs in files. */
  readonly rotation?: RotationOptions | undefined
}

/** Options of `read` and `entries`. */
export interface ReadLogOptions extends LogQuery {
  /** Only the last so many of the entries that match; of a log of one file that is not compressed, where its last MiB has them, no more is read. @default all */
  readonly tail?: number | undefined
  /** Ends reading with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `follow`. */
export interface FollowLogOptions {
  /** Go on behind the entry that this cursor came with. @default the beginning of the log */
  readonly cursor?: string | undefined
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `listLogs`. */
export interface ListLogsOptions {
  /** Glob on the name. @default every log */
  readonly pattern?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of `append`, `saveLog`, `logExists` and `deleteLog`. */
export interface LogCallOptions {
  /** Ends the waiting with `ERR_PERSIST_ABORTED`; what is being written goes on, and the `logger` hears if it fails. */
  readonly signal?: AbortSignal | undefined
}

export const checkManager: (options: LogManagerOptions | undefined) => void =
  optionsCheck<LogManagerOptions>("LogManager", {
    ...storageSourceNames,
    durability: true,
    rotation: true,
  })

const { anything, signal, text } = kinds

const checkReadValues = valuesCheck<ReadLogOptions>("read", {
  level: anything,
  from: anything,
  to: anything,
  tail: anything,
  signal,
})
export const checkFollow: (options: FollowLogOptions) => void = valuesCheck<FollowLogOptions>(
  "follow",
  { cursor: text, signal },
)
export const checkList: (options: ListLogsOptions) => void = valuesCheck<ListLogsOptions>(
  "listLogs",
  { pattern: text, signal },
)

/** The signal of a call. @throws `ERR_PERSIST_INVALID_OPTION` */
export function callSignal(operation: string, options: LogCallOptions): AbortSignal | undefined {
  valuesCheck<LogCallOptions>(operation, { signal })(options)
  return options.signal
}

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkRead(options: ReadLogOptions): void {
  checkReadValues(options)
  const { level, from, to, tail } = options
  if (level !== undefined && Number.isNaN(levelWeight(level))) {
    throw invalidOption("level", level, `a number, or one of ${logLevels.join(", ")}`)
  }
  for (const [name, time] of Object.entries({ from, to })) {
    if (time === undefined || isTime(time)) continue
    throw invalidOption(name, time, "a Date, ISO 8601, or milliseconds since the epoch")
  }
  if (tail !== undefined && !(Number.isInteger(tail) && tail >= 0)) {
    throw invalidOption("tail", tail, "whole numbers from 0")
  }
}

/** Objects of other libraries that are a time count by their value; `new Date` also takes `true` and `null`. */
function isTime(time: unknown): time is Date | string | number {
  const isLike = typeof time === "string" || typeof time === "number" || typeof time === "object"
  if (!isLike || time === null) return false
  try {
    return !Number.isNaN(new Date(time as Date).getTime())
  } catch {
    // Times of `Temporal` refuse to be a number.
    return false
  }
}
