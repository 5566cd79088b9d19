import type { Duration } from "@persist/core"
import { kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import { type StorageSource, storageSourceNames } from "../storage-source.ts"
import type { ConfigFormatName } from "./formats/config-format.ts"
import type { ConfigMerge } from "./plan-update.ts"

/** Options of `ConfigManager`. */
export interface ConfigManagerOptions extends StorageSource {
  /** Format of new configurations; those that exist keep theirs. @default "json" */
  readonly format?: ConfigFormatName | undefined
}

interface SignalOption {
  /** Ends waiting with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `saveConfig`. */
export interface SaveConfigOptions extends SignalOption {
  /** Keep the configuration that is replaced, where the storage keeps history. @default false */
  readonly backup?: boolean | undefined
}

/** Options of `loadConfig`. */
export interface LoadConfigOptions<T = unknown> extends SignalOption {
  /** Returned when there is no such configuration, never for one that cannot be read. @default undefined */
  readonly default?: T | undefined
}

/** Options of `updateConfig`. */
export interface UpdateConfigOptions extends SignalOption {
  /** `"deep"` merges plain objects; `"shallow"` replaces top-level keys, as the Python original did. @default "deep" */
  readonly merge?: ConfigMerge | undefined
  /** Start from `{}` when there is no such configuration; else `ERR_PERSIST_NOT_FOUND`. @default true */
  readonly createIfMissing?: boolean | undefined
  /** Keep the configuration that is replaced, where the storage keeps history. @default false */
  readonly backup?: boolean | undefined
  /** Longest wait for other writers; `ERR_PERSIST_TIMEOUT` after it. @default "30s" */
  readonly timeout?: Duration | undefined
}

/** Options of `listConfigs`. */
export interface ListConfigsOptions extends SignalOption {
  /** Glob on the name: `*` and `?` stay in a segment, `**` does not. @default every configuration */
  readonly pattern?: string | undefined
}

/** Options of `configExists` and `deleteConfig`. */
export interface ConfigOptions extends SignalOption {}

const { anything, flag, signal, text } = kinds

export const checkManager: (options: ConfigManagerOptions | undefined) => void =
  optionsCheck<ConfigManagerOptions>("ConfigManager", { ...storageSourceNames, format: true })
export const checkSave: (options: SaveConfigOptions) => void = valuesCheck<SaveConfigOptions>(
  "saveConfig",
  { signal, backup: flag },
)
export const checkLoad: (options: LoadConfigOptions) => void = valuesCheck<LoadConfigOptions>(
  "loadConfig",
  { signal, default: anything },
)
export const checkUpdate: (options: UpdateConfigOptions) => void = valuesCheck<UpdateConfigOptions>(
  "updateConfig",
  { signal, merge: anything, createIfMissing: flag, backup: flag, timeout: anything },
)
export const checkList: (options: ListConfigsOptions) => void = valuesCheck<ListConfigsOptions>(
  "listConfigs",
  { signal, pattern: text },
)
export const checkOne: (options: ConfigOptions) => void = valuesCheck<ConfigOptions>(
  "configExists and deleteConfig",
  { signal },
)
