export { ConfigManager } from "./configs/config-manager.ts"
export type { ConfigFormatName } from "./configs/formats/config-format.ts"
export type {
  ConfigManagerOptions,
  ConfigOptions,
  ListConfigsOptions,
  LoadConfigOptions,
  SaveConfigOptions,
  UpdateConfigOptions,
} from "./configs/options.ts"
export type { ConfigMerge } from "./configs/plan-update.ts"
export type { LogEntry, LogLevel } from "./logs/log-entry.ts"
export { LogManager } from "./logs/log-manager.ts"
export type { LogQuery } from "./logs/log-query.ts"
export type { ListLogsOptions, LogManagerOptions, ReadLogOptions } from "./logs/options.ts"
export type {
  DeleteStateOptions,
  ListStatesOptions,
  LoadStateOptions,
  SaveStateOptions,
  StateInfoOptions,
  StateManagerOptions,
  UpdateStateOptions,
} from "./states/options.ts"
export type { StateInfo } from "./states/state-info.ts"
export { StateManager } from "./states/state-manager.ts"
export type { StorageSource } from "./storage-source.ts"
