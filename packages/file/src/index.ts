export { type DirectoryOptions, resolveDirectory } from "./directory.ts"
export { FileStorage, type ListFilesOptions } from "./file-storage.ts"
export type { FileStorageOptions } from "./options.ts"
