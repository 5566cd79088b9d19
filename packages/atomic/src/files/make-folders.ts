import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { codeOf } from "../system-error.ts"
import { rememberFolder } from "./unsynced-folders.ts"

/** Creates `folder` and whatever is missing above it. A folder that exists is fine. */
export function makeFolders(fileSystem: FileSystem, folder: string, mode = 0o777): void {
  try {
    fileSystem.mkdirSync(folder, mode)
    rememberFolder(fileSystem, folder)
  } catch (error) {
    const above = dirname(folder)
    if (codeOf(error) === "ENOENT" && above !== folder) {
      makeFolders(fileSystem, above, mode)
      makeFolders(fileSystem, folder, mode)
      return
    }
    // Asked of what exists, a root on Windows answers EPERM and a read-only file system EROFS.
    if (!isFolder(fileSystem, folder)) throw error
  }
}

function isFolder(fileSystem: FileSystem, path: string): boolean {
  const facts = fileSystem.lstatSync(path)
  if (facts?.isSymbolicLink()) {
    try {
      return fileSystem.lstatSync(fileSystem.realpathSync(path))?.isDirectory() ?? false
    } catch {
      return false
    }
  }
  return facts?.isDirectory() ?? false
}
