import type { FileSystem } from "./file-system.ts"
import { makeEntriesDurable, makeEntriesDurableSync } from "./files/durable-entry.ts"
import { makeFolders } from "./files/make-folders.ts"
import { toPath } from "./files/to-path.ts"
import { checkFileSystem, nodeFileSystem } from "./node-file-system.ts"
import { optionsCheck } from "./options.ts"

/** Options of `syncFolder` and `makeFolder`. */
export interface FolderOptions {
  /** The file system calls to use, for tests. @default Node's */
  readonly fileSystem?: FileSystem | undefined
}

const check = optionsCheck<FolderOptions>("syncFolder", { fileSystem: true })

/**
 * Puts on the disk what was created, renamed and removed in a folder before the call, and the new folders
 * that lead to it. Concurrent calls share syncs; a sync that ran already when a call came does not count for it.
 *
 * @throws System errors as they are. Where a folder cannot be synced at all (Windows), it does nothing.
 */
export async function syncFolder(folder: string | URL, options?: FolderOptions): Promise<void> {
  await makeEntriesDurable(fileSystemOf(options), toPath(folder))
}

/** `syncFolder` for programs that cannot wait. */
export function syncFolderSync(folder: string | URL, options?: FolderOptions): void {
  makeEntriesDurableSync(fileSystemOf(options), toPath(folder))
}

/**
 * Creates a folder and those missing above it; one that exists is fine. The next durable write in it,
 * or `syncFolder`, makes their creation durable too.
 *
 * @throws System errors as they are.
 */
export function makeFolderSync(folder: string | URL, options?: FolderOptions): void {
  makeFolders(fileSystemOf(options), toPath(folder))
}

function fileSystemOf(options: FolderOptions | undefined): FileSystem {
  check(options)
  const fileSystem = options?.fileSystem ?? nodeFileSystem
  checkFileSystem(fileSystem)
  return fileSystem
}
