import type { Duration } from "@persist/core"
import { optionsCheck } from "@persist/core/options"
import { type StorageSource, storageSourceNames } from "../storage-source.ts"
import type { ConfigFormatName } from "./formats/config-format.ts"
import type { ConfigMerge } from "./plan-update.ts"

/** Options of `ConfigManager`. */
export interface ConfigManagerOptions extends StorageSource {
  /** Format of new configurations; those that exist keep theirs. @default "json" */
  readonly format?: ConfigFormatName
}

interface SignalOption {
  /** Ends waiting with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal
}

/** Options of `saveConfig`. */
export interface SaveConfigOptions extends SignalOption {
  /** Keep the configuration that is replaced, where the storage keeps history. @default false */
  readonly backup?: boolean
}

/** Options of `loadConfig`. */
export interface LoadConfigOptions<T = unknown> extends SignalOption {
  /** Returned when there is no such configuration, never for one that cannot be read. @default undefined */
  readonly default?: T
}

/** Options of `updateConfig`. */
export interface UpdateConfigOptions extends SignalOption {
  /** `"deep"` merges plain objects; `"shallow"` replaces top-level keys, as the Python original did. @default "deep" */
  readonly merge?: ConfigMerge
  /** Start from `{}` when there is no such configuration; else `ERR_PERSIST_NOT_FOUND`. @default true */
  readonly createIfMissing?: boolean
  /** Keep the configuration that is replaced, where the storage keeps history. @default false */
  readonly backup?: boolean
  /** Longest wait for other writers; `ERR_PERSIST_TIMEOUT` after it. @default "30s" */
  readonly timeout?: Duration
}

/** Options of `listConfigs`. */
export interface ListConfigsOptions extends SignalOption {
  /** Glob on the name: `*` and `?` stay in a segment, `**` does not. @default every configuration */
  readonly pattern?: string
}

/** Options of `configExists` and `deleteConfig`. */
export interface ConfigOptions extends SignalOption {}

const signal = { signal: true } as const

export const checkManager: (options: ConfigManagerOptions | undefined) => void =
  optionsCheck<ConfigManagerOptions>("ConfigManager", { ...storageSourceNames, format: true })
export const checkSave: (options: SaveConfigOptions | undefined) => void =
  optionsCheck<SaveConfigOptions>("saveConfig", { ...signal, backup: true })
export const checkLoad: (options: LoadConfigOptions | undefined) => void =
  optionsCheck<LoadConfigOptions>("loadConfig", { ...signal, default: true })
export const checkUpdate: (options: UpdateConfigOptions | undefined) => void =
  optionsCheck<UpdateConfigOptions>("updateConfig", {
    ...signal,
    merge: true,
    createIfMissing: true,
    backup: true,
    timeout: true,
  })
export const checkList: (options: ListConfigsOptions | undefined) => void =
  optionsCheck<ListConfigsOptions>("listConfigs", { ...signal, pattern: true })
export const checkOne: (options: ConfigOptions | undefined) => void = optionsCheck<ConfigOptions>(
  "configExists and deleteConfig",
  signal,
)
