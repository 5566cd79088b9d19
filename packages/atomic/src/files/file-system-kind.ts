import type { FileSystem } from "../file-system.ts"

/** The kind of the file system that `folder` is on; undefined where that cannot be told. */
export function kindOf(fileSystem: FileSystem, folder: string): number | undefined {
  try {
    return fileSystem.kindSync(folder)
  } catch {
    return undefined
  }
}
