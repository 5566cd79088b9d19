import type { FileSystem } from "./file-system.ts"

/** Keeps one `T` for every file system, made when it is first asked for. */
export function perFileSystem<T>(
  make: (fileSystem: FileSystem) => T,
): (fileSystem: FileSystem) => T {
  const kept = new WeakMap<FileSystem, T>()
  return (fileSystem) => {
    let value = kept.get(fileSystem)
    if (value === undefined) {
      value = make(fileSystem)
      kept.set(fileSystem, value)
    }
    return value
  }
}
