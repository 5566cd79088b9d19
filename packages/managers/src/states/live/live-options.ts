import { type Duration, PersistError } from "@persist/core"
import {
  invalidOption,
  kinds,
  longestTimer,
  optionsCheck,
  toMilliseconds,
  valuesCheck,
} from "@persist/core/options"

/** Options of `StateManager.open`. */
export interface LiveStateOptions<Data> {
  /** The value when there is no such state yet. */
  readonly initial: Data
  /** A change is saved at the latest so long after it; changes in between go out together. @default "100ms" */
  readonly delay?: Duration | undefined
  /** Steps that `undo` goes back. @default 100 */
  readonly undoLimit?: number | undefined
  /** Changes that follow one another this fast are one step of `undo`. @default 0 */
  readonly undoBurst?: Duration | undefined
  /**
   * Joins our value, which is frozen, with one that somebody else saved meanwhile. Without it such a save fails with
   * `ERR_PERSIST_CONFLICT` and `reload` decides.
   */
  readonly merge?: ((mine: Data, theirs: Data) => Data) | undefined
  /** Save at `process.exit`, uncaught errors, SIGTERM, SIGINT and SIGHUP; needs `supports.sync`. @default false */
  readonly saveAtExit?: boolean | undefined
  /** Keep what each save replaces as a backup. @default false */
  readonly backup?: boolean | undefined
  /** Called when a save in the background fails (the change stays and is saved with the next), and when a listener throws. @default the logger, else a warning of the process */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Ends the opening with `ERR_PERSIST_ABORTED`; not what comes after it. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a live state's `flush`, `checkpoint` and `reload`. */
export interface LiveCallOptions {
  /** Ends the waiting with `ERR_PERSIST_ABORTED`; what is being saved or loaded goes on, and `onError` hears of a save that fails. */
  readonly signal?: AbortSignal | undefined
}

const check = optionsCheck<LiveStateOptions<unknown>>("open", {
  initial: true,
  delay: true,
  undoLimit: true,
  undoBurst: true,
  merge: true,
  saveAtExit: true,
  backup: true,
  onError: true,
  signal: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkCall(operation: string, options: LiveCallOptions): void {
  valuesCheck<LiveCallOptions>(operation, { signal: kinds.signal })(options)
}

/** Options with their defaults. */
export interface LiveSettings<Data> {
  readonly delay: number
  readonly undoLimit: number
  readonly undoBurst: number
  readonly backup: boolean
  readonly merge: ((mine: Data, theirs: Data) => Data) | undefined
}

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function liveSettings<Data>(options: LiveStateOptions<Data>): LiveSettings<Data> {
  check(options as LiveStateOptions<unknown>)
  if (typeof options !== "object" || !("initial" in options)) {
    throw invalidOption("initial", undefined, "the value when there is no such state yet")
  }
  const { delay = 100, undoLimit = 100, undoBurst = 0, backup = false, merge } = options
  if (!(Number.isInteger(undoLimit) && undoLimit >= 0)) {
    throw invalidOption("undoLimit", undoLimit, "whole numbers from 0")
  }
  for (const [name, given] of Object.entries({ merge, onError: options.onError })) {
    if (given !== undefined && typeof given !== "function") {
      throw invalidOption(name, given, "a function")
    }
  }
  if (options.signal !== undefined && !kinds.signal.test(options.signal)) {
    throw invalidOption("signal", options.signal, kinds.signal.allowed)
  }
  for (const [name, given] of Object.entries({ backup, saveAtExit: options.saveAtExit })) {
    if (given !== undefined && typeof given !== "boolean") {
      throw invalidOption(name, given, "true or false")
    }
  }
  return {
    delay: Math.min(toMilliseconds(delay, "delay"), longestTimer),
    undoLimit,
    undoBurst: toMilliseconds(undoBurst, "undoBurst"),
    backup,
    merge,
  }
}

/** Whether a checkpoint can be called `label`. @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkLabel(label: unknown): void {
  if (label === undefined || (typeof label === "string" && label !== "")) return
  throw invalidOption("label", label, "a label, or nothing")
}

/** The error for `saveAtExit` on a storage that only saves asynchronously. */
export function cannotSaveAtExit(): PersistError {
  return new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    "This storage cannot save at exit (supports.sync is false); open the state without saveAtExit, and flush it.",
  )
}
