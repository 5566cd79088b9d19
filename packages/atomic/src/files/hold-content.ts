import type { FileSystem } from "../file-system.ts"
import type { Target } from "./target.ts"

const heldBytes = 262_144n

/**
 * Keeps the content of a large file that is about to be replaced from being freed within the rename, which would
 * block the event loop for as long as that takes; a thread frees it while the folder is synced.
 *
 * @returns Lets the content go, after what the caller starts in this turn of the event loop; undefined for a small file.
 */
export function holdContent(
  fileSystem: FileSystem,
  { path, existing }: Target,
): (() => void) | undefined {
  if (existing === undefined || existing.size < heldBytes || !existing.isFile()) return undefined
  // Windows does not replace a file that is open.
  if (process.platform === "win32") return undefined
  let descriptor: number
  try {
    descriptor = fileSystem.openSync(path, "r")
  } catch {
    return undefined
  }
  return () => {
    setImmediate(() => {
      fileSystem.close(descriptor).catch(() => {})
    })
  }
}
