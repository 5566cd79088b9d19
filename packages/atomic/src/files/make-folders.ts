import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { codeOf } from "../system-error.ts"
import { rememberFolder } from "./unsynced-folders.ts"

// Somebody may remove the folder above just when it was made; a file system that never takes the folder
// (`/proc`) answers the same for ever.
const mostTries = 5

/** Creates `folder` and whatever is missing above it. A folder that exists is fine. */
export function makeFolders(
  fileSystem: FileSystem,
  folder: string,
  mode = 0o777,
  tries: number = mostTries,
): void {
  try {
    fileSystem.mkdirSync(folder, mode)
    rememberFolder(fileSystem, folder)
  } catch (error) {
    const above = dirname(folder)
    if (codeOf(error) === "ENOENT" && above !== folder && tries > 1) {
      makeFolders(fileSystem, above, mode)
      makeFolders(fileSystem, folder, mode, tries - 1)
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
