import type { FileSystem } from "@persist/atomic"
import type { Durability, StorageOptions } from "@persist/core"
import { storageOptionNames } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import type { DirectoryOptions } from "./directory.ts"

/** Options of `FileStorage`. */
export interface FileStorageOptions extends StorageOptions, DirectoryOptions {
  /**
   * What must have survived when a save's promise resolves. `"full"`: a power cut (file and folder
   * are on the disk); `"file"`: a power cut, except that the old value may come back;
   * `"none"`: the end of this process, not of the machine. @default "full"
   */
  readonly durability?: Durability
  /** The file system calls that write, for tests. @default Node's */
  readonly fileSystem?: FileSystem
}

const check = optionsCheck<FileStorageOptions>("FileStorage", {
  ...storageOptionNames,
  directory: true,
  app: true,
  durability: true,
  fileSystem: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkFileStorageOptions(options: FileStorageOptions): FileStorageOptions {
  check(options)
  const { durability } = options
  if (durability !== undefined && !["full", "file", "none"].includes(durability)) {
    throw invalidOption("durability", durability, '"full", "file" or "none"')
  }
  return options
}
