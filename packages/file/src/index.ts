export {
  type Change,
  type Entry,
  type HistoryEntry,
  JsonSerializer,
  PersistError,
  type PersistErrorCode,
} from "@persist/core"
export { type DirectoryOptions, resolveDirectory } from "./directory.ts"
export { FileStorage, type ListFilesOptions, type PathOptions } from "./file-storage.ts"
export type {
  Problem,
  RepairReport,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
} from "./maintenance/problem.ts"
export type { FileStorageOptions } from "./options.ts"
export { BytesSerializer } from "./streams/bytes-serializer.ts"
export type { LoadStreamOptions, SaveStreamOptions } from "./streams/options.ts"
