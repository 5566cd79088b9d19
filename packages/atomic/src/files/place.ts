import { basename, dirname, join } from "node:path"
import type { FileSystem } from "../file-system.ts"

/** The one name of the file or folder at `path`, whatever links and detours the folders above it are reached by. */
export function placeOf(fileSystem: FileSystem, path: string): string {
  return join(realFolder(fileSystem, dirname(path)), basename(path))
}

/** The one name of a folder; what is missing of it is named as it will be made. */
export function realFolder(fileSystem: FileSystem, folder: string): string {
  try {
    return fileSystem.realpathSync(folder)
  } catch {
    const above = dirname(folder)
    return above === folder ? folder : join(realFolder(fileSystem, above), basename(folder))
  }
}
