export { PersistError, type PersistErrorCode } from "@persist/core"
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
export type { PatchOperation } from "./diff/patch.ts"
export type { Config, Explanation } from "./layers/config.ts"
export type { OpenConfigOptions } from "./layers/config-options.ts"
export type { ConfigChange, ConfigEvent, WatchConfigOptions } from "./layers/config-watcher.ts"
export type { ConfigUpdate, DottedPath, DottedValue, NamedPath } from "./layers/dotted-path.ts"
export type { EnvironmentOptions, EnvironmentType } from "./layers/environment-layer.ts"
export { importConf } from "./layers/import-conf.ts"
export type { LayerName, Origin } from "./layers/layer.ts"
export type { MergePolicies, MergePolicy } from "./layers/merge-layers.ts"
export { openConfig, openConfigSync } from "./layers/open-config.ts"
export type { SecretKeys } from "./layers/secrets.ts"
export type { FollowedEntry } from "./logs/follow-log.ts"
export type { LogEntry, LogLevel } from "./logs/log-entry.ts"
export { LogManager } from "./logs/log-manager.ts"
export type { LogQuery } from "./logs/log-query.ts"
export type {
  FollowLogOptions,
  ListLogsOptions,
  LogCallOptions,
  LogManagerOptions,
  ReadLogOptions,
} from "./logs/options.ts"
export type { RotationOptions } from "./logs/rotation.ts"
export type { MigrationOptions, MigrationStep } from "./schema/migrations.ts"
export type { StandardIssue, StandardResult, StandardSchema } from "./schema/standard-schema.ts"
export type { ValidationIssue } from "./schema/validate.ts"
export type { Checkpoint } from "./states/checkpoints/checkpoint.ts"
export type { StateDiff } from "./states/checkpoints/state-history.ts"
export type {
  KeptCheckpoint,
  ThinningPlan,
  ThinningPolicy,
} from "./states/checkpoints/thinning.ts"
export type { LiveCallOptions, LiveStateOptions } from "./states/live/live-options.ts"
export type { LiveState } from "./states/live/live-state.ts"
export type {
  DeleteStateOptions,
  ForkStateOptions,
  ListStatesOptions,
  LoadStateOptions,
  SaveStateOptions,
  StateHistoryOptions,
  StateInfoOptions,
  StateInfosOptions,
  StateManagerOptions,
  ThinHistoryOptions,
  UpdateStateOptions,
} from "./states/options.ts"
export type { StateSchema } from "./states/state-codec.ts"
export type { StateInfo } from "./states/state-info.ts"
export { StateManager } from "./states/state-manager.ts"
export type { StorageSource } from "./storage-source.ts"
