import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"

const mostRemembered = 64

/** The kind of the file system that `folder` is on; undefined where that cannot be told. */
export function kindOf(fileSystem: FileSystem, folder: string): number | undefined {
  try {
    return fileSystem.kindSync(folder)
  } catch {
    return undefined
  }
}

/** Makes a check whether a folder is on a file system of one of these kinds; it remembers its answers by `key`. */
export function kindCheck<Key>(
  kinds: ReadonlySet<number | undefined>,
): (fileSystem: FileSystem, key: Key, folder: string) => boolean {
  const known = perFileSystem(() => new Map<Key, boolean>())
  return (fileSystem, key, folder) => {
    const answers = known(fileSystem)
    let answer = answers.get(key)
    if (answer === undefined) {
      answer = kinds.has(kindOf(fileSystem, folder))
      if (answers.size >= mostRemembered) answers.clear()
      answers.set(key, answer)
    }
    return answer
  }
}
