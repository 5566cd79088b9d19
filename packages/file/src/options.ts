import type { FileSystem } from "@persist/atomic"
import type { Durability, Duration, StorageOptions } from "@persist/core"
import { storageOptionNames } from "@persist/core"
import { invalidOption, optionsCheck, toMilliseconds } from "@persist/core/options"
import type { DirectoryOptions } from "./directory.ts"

/** Options of `FileStorage`. */
export interface FileStorageOptions extends StorageOptions, DirectoryOptions {
  /**
   * What must have survived when a save's promise resolves. `"full"`: a power cut (file and folder
   * are on the disk); `"file"`: a power cut, except that the old value may come back;
   * `"none"`: the end of this process, not of the machine. @default "full"
   */
  readonly durability?: Durability | undefined
  /**
   * Have watches look at the files this often, instead of being told by the system: for network file
   * systems. Where the system cannot tell, watches look every second by themselves. @default none
   */
  readonly polling?: Duration | undefined
  /** The file system calls that write, for tests. @default Node's */
  readonly fileSystem?: FileSystem | undefined
}

const check = optionsCheck<FileStorageOptions>("FileStorage", {
  ...storageOptionNames,
  directory: true,
  app: true,
  durability: true,
  fileSystem: true,
  polling: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function checkFileStorageOptions(options: FileStorageOptions): FileStorageOptions {
  check(options)
  const { durability } = options
  if (durability !== undefined && !["full", "file", "none"].includes(durability)) {
    throw invalidOption("durability", durability, '"full", "file" or "none"')
  }
  const { fileSystem } = options
  if (fileSystem !== undefined && typeof fileSystem?.openSync !== "function") {
    throw invalidOption("fileSystem", fileSystem, "an object with the calls of FileSystem")
  }
  if (options.polling !== undefined && toMilliseconds(options.polling, "polling") < 10) {
    throw invalidOption("polling", options.polling, "10 ms or more")
  }
  return options
}
