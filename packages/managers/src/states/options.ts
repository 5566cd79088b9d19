import type { Duration } from "@persist/core"
import { invalidOption, kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import { type StorageSource, storageSourceNames } from "../storage-source.ts"
import type { StateSchema } from "./state-codec.ts"

/** Options of `StateManager`. */
export interface StateManagerOptions<Data = unknown, Input = Data>
  extends StorageSource,
    StateSchema<Data, Input> {}

/** `T`, which a call's arguments decide only of a manager that has no type of its own for its states. */
export type Known<Data, T> = unknown extends Data ? T : NoInfer<T>

/** Options of `saveState`. */
export interface SaveStateOptions {
  /** Keep the state that is replaced, where the storage keeps history. @default true */
  readonly backup?: boolean | undefined
  /** Save only over this revision (`getStateInfo(name).revision`); `null`: only when there is no state. @default undefined: always */
  readonly ifRevision?: string | null
  /** Record this save in the history: `true`, or a label to find it by. @default false */
  readonly checkpoint?: boolean | string | undefined
  /** Ends waiting with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `loadState`. */
export interface LoadStateOptions<T = unknown> {
  /** Returned when there is no such state, never for a damaged one. @default undefined */
  readonly default?: T | undefined
  /** Id or label of a checkpoint instead of the current state; `ERR_PERSIST_NOT_FOUND` when there is none. */
  readonly at?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of `updateState`. */
export interface UpdateStateOptions<T = unknown> {
  /** What the change receives when there is no such state. @default undefined */
  readonly default?: T | undefined
  /** Keep the state that is replaced, where the storage keeps history. @default true */
  readonly backup?: boolean | undefined
  /** Record the result in the history: `true`, or a label to find it by. @default false */
  readonly checkpoint?: boolean | string | undefined
  /** Longest wait for other writers; `ERR_PERSIST_TIMEOUT` after it. @default "30s" */
  readonly timeout?: Duration | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of `deleteState`. */
export interface DeleteStateOptions {
  /** Delete its backups and checkpoints too. @default false */
  readonly history?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of `fork`. */
export interface ForkStateOptions {
  /** Id or label of the checkpoint to start from. @default the current state, recorded as a checkpoint */
  readonly at?: string | undefined
  /** Ends it before anything is written. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `history`, `restore`, `diff`, `pin` and `unpin`. */
export interface StateHistoryOptions {
  readonly signal?: AbortSignal | undefined
}

/** Options of `thinHistory`. */
export interface ThinHistoryOptions {
  /** Only say what would be removed. @default false */
  readonly dryRun?: boolean | undefined
  /** Ends it before anything is removed. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `listStates`. */
export interface ListStatesOptions {
  /** Glob on the name: `*` and `?` stay in a segment, `**` does not. @default every state */
  readonly pattern?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Options of `infos`. */
export interface StateInfosOptions extends ListStatesOptions {
  /** Read every state for what only it knows: version, checkpoint, label, and the time as it wrote it. @default false */
  readonly details?: boolean | undefined
}

/** Options of `stateExists` and `getStateInfo`. */
export interface StateInfoOptions {
  readonly signal?: AbortSignal | undefined
}

export const checkManager: (options: StateManagerOptions | undefined) => void =
  optionsCheck<StateManagerOptions>("StateManager", {
    ...storageSourceNames,
    schema: true,
    version: true,
    migrate: true,
  })

const { anything, flag, revision, signal, text } = kinds

const checkSaveValues = valuesCheck<SaveStateOptions>("saveState", {
  backup: flag,
  ifRevision: revision,
  checkpoint: anything,
  signal,
})
export const checkLoad: (options: LoadStateOptions) => void = valuesCheck<LoadStateOptions>(
  "loadState",
  {
    default: anything,
    at: anything,
    signal,
  },
)
const checkUpdateValues = valuesCheck<UpdateStateOptions>("updateState", {
  default: anything,
  backup: flag,
  checkpoint: anything,
  timeout: anything,
  signal,
})
export const checkDelete: (options: DeleteStateOptions) => void = valuesCheck<DeleteStateOptions>(
  "deleteState",
  { history: flag, signal },
)
export const checkFork: (options: ForkStateOptions) => void = valuesCheck<ForkStateOptions>(
  "fork",
  { at: anything, signal },
)
export function checkHistory(operation: string, options: StateHistoryOptions): void {
  valuesCheck<StateHistoryOptions>(operation, { signal })(options)
}
export const checkThin: (options: ThinHistoryOptions) => void = valuesCheck<ThinHistoryOptions>(
  "thinHistory",
  { dryRun: flag, signal },
)
export const checkList: (options: ListStatesOptions) => void = valuesCheck<ListStatesOptions>(
  "listStates",
  { pattern: text, signal },
)
export const checkInfos: (options: StateInfosOptions) => void = valuesCheck<StateInfosOptions>(
  "infos",
  { pattern: text, signal, details: flag },
)
export const checkInfo: (options: StateInfoOptions) => void = valuesCheck<StateInfoOptions>(
  "getStateInfo",
  { signal },
)

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkSave(options: SaveStateOptions): void {
  checkSaveValues(options)
  checkWrite(options)
}

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkUpdate(options: UpdateStateOptions): void {
  checkUpdateValues(options)
  checkWrite(options)
}

/** Whether `at` can name a checkpoint. @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkAt(at: unknown): void {
  if (typeof at === "string" && at !== "") return
  throw invalidOption("at", at, "the id or label of a checkpoint")
}

function checkWrite({ checkpoint }: SaveStateOptions | UpdateStateOptions): void {
  const isLabel = typeof checkpoint === "string" && checkpoint !== ""
  if (isLabel || checkpoint === undefined || typeof checkpoint === "boolean") return
  throw invalidOption("checkpoint", checkpoint, "true, false or a label")
}
