export {
  type Durability,
  type Duration,
  makeFolderSync,
  PersistError,
  type PersistErrorCode,
  type PersistErrorOptions,
  syncFolder,
  withLock,
  writeFileAtomic,
} from "@persist/atomic"
export { JsonSerializer, type JsonSerializerOptions } from "./json/json-serializer.ts"
export type { BigIntPolicy } from "./json/json-writer.ts"
export type { Lease, LeaseOptions } from "./lease/lease.ts"
export type { LeaseGrant, LeaseRefusal, LeaseStore } from "./lease/lease-store.ts"
export { withLease } from "./lease/with-lease.ts"
export { type DeserializeOptions, type SerializeOptions, Serializer } from "./serializer.ts"
export { type ContentionLimits, retryConflicts } from "./storage/contention.ts"
export { copyStorage } from "./storage/copy/copy-storage.ts"
export type { CopyOptions, CopyProgress, CopyResult } from "./storage/copy/options.ts"
export type { Change, Entry, HistoryEntry, HistoryKind, Recovery } from "./storage/entry.ts"
export { checkFence, fencedError } from "./storage/fencing.ts"
export type { FormatRegistry } from "./storage/format-registry.ts"
export { globMatcher } from "./storage/glob/glob.ts"
export { historyIds, historyIdTime } from "./storage/history-id.ts"
export { KeyQueue } from "./storage/key-queue.ts"
export {
  type DeleteOptions,
  type ListOptions,
  type LoadedEntry,
  type LoadOptions,
  type Logger,
  type RestoreOptions,
  type SaveOptions,
  type StatOptions,
  type StorageOptions,
  storageOptionNames,
  type UpdateOptions,
  type WatchOptions,
} from "./storage/options.ts"
export type {
  DeleteRequest,
  NextValue,
  Retention,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "./storage/primitives.ts"
export { expiredHistory } from "./storage/retention.ts"
export { RunningChanges } from "./storage/running-changes.ts"
export { type BytesToSave, saveAtOnce } from "./storage/save-at-once.ts"
export { Storage } from "./storage/storage.ts"
export type { BackendOperation } from "./storage/storage-parts.ts"
export { keyFromStored, storedKey } from "./storage/stored-key.ts"
export type { StorageSupport } from "./storage/supports.ts"
export type { RecoveryMessage, StorageTrace } from "./storage/tracing.ts"
export type { WriteIntent } from "./storage/value-codec.ts"
export type { Limits } from "./values/limits.ts"
