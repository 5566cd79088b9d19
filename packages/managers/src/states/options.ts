import type { Duration } from "@persist/core"
import { optionsCheck } from "@persist/core/options"
import { type StorageSource, storageSourceNames } from "../storage-source.ts"

/** Options of `StateManager`. */
export interface StateManagerOptions extends StorageSource {}

/** Options of `saveState`. */
export interface SaveStateOptions {
  /** Keep the state that is replaced, where the storage keeps history. @default true */
  readonly backup?: boolean
  /** Save only over this revision (`getStateInfo(name).revision`); `null`: only when there is no state. @default undefined: always */
  readonly ifRevision?: string | null
  /** Ends waiting with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal
}

/** Options of `loadState`. */
export interface LoadStateOptions<T = unknown> {
  /** Returned when there is no such state, never for a damaged one. @default undefined */
  readonly default?: T
  readonly signal?: AbortSignal
}

/** Options of `updateState`. */
export interface UpdateStateOptions<T = unknown> {
  /** What the change receives when there is no such state. @default undefined */
  readonly default?: T
  /** Keep the state that is replaced, where the storage keeps history. @default true */
  readonly backup?: boolean
  /** Longest wait for other writers; `ERR_PERSIST_TIMEOUT` after it. @default "30s" */
  readonly timeout?: Duration
  readonly signal?: AbortSignal
}

/** Options of `deleteState`. */
export interface DeleteStateOptions {
  /** Delete its backups and checkpoints too. @default false */
  readonly history?: boolean
  readonly signal?: AbortSignal
}

/** Options of `listStates` and `infos`. */
export interface ListStatesOptions {
  /** Glob on the name: `*` and `?` stay in a segment, `**` does not. @default every state */
  readonly pattern?: string
  readonly signal?: AbortSignal
}

/** Options of `stateExists` and `getStateInfo`. */
export interface StateInfoOptions {
  readonly signal?: AbortSignal
}

export const checkManager: (options: StateManagerOptions | undefined) => void =
  optionsCheck<StateManagerOptions>("StateManager", storageSourceNames)
export const checkSave: (options: SaveStateOptions | undefined) => void =
  optionsCheck<SaveStateOptions>("saveState", { backup: true, ifRevision: true, signal: true })
export const checkLoad: (options: LoadStateOptions | undefined) => void =
  optionsCheck<LoadStateOptions>("loadState", { default: true, signal: true })
export const checkUpdate: (options: UpdateStateOptions | undefined) => void =
  optionsCheck<UpdateStateOptions>("updateState", {
    default: true,
    backup: true,
    timeout: true,
    signal: true,
  })
export const checkDelete: (options: DeleteStateOptions | undefined) => void =
  optionsCheck<DeleteStateOptions>("deleteState", { history: true, signal: true })
export const checkList: (options: ListStatesOptions | undefined) => void =
  optionsCheck<ListStatesOptions>("listStates", { pattern: true, signal: true })
export const checkInfo: (options: StateInfoOptions | undefined) => void =
  optionsCheck<StateInfoOptions>("getStateInfo", { signal: true })
