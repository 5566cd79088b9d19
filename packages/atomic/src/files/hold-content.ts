import type { FileSystem } from "../file-system.ts"
import { kindCheck } from "./file-system-kind.ts"
import { afterSyncs } from "./sync-pace.ts"
import type { Target } from "./target.ts"

// So much takes long to free wherever it is.
const heldBytes = 262_144n

// ext, xfs, btrfs, overlay, zfs, f2fs: giving back the blocks of even a small file can cost a command to the disk. Not
// those on a network, which give a file that is open a name of its own when it is replaced.
const freesSlowly = kindCheck<bigint>(
  new Set([0xef53, 0x58465342, 0x9123683e, 0x794c7630, 0x2fc12fc1, 0xf2f52010]),
)

// Who never lets the event loop turn must not run out of descriptors.
const mostLater = 8
const later = new Set<() => void>()
const closing = new Set<Promise<void>>()

/**
 * Keeps the content of a file that is about to be replaced from being freed within the rename, which would
 * block the event loop for as long as that takes; a thread frees it while the folder is synced.
 *
 * @returns Lets the content go; undefined when there is nothing to hold.
 */
export function holdContent(
  fileSystem: FileSystem,
  { path, existing, folder }: Target,
): (() => void) | undefined {
  if (existing === undefined || !existing.isFile()) return undefined
  // Windows does not replace a file that is open.
  if (process.platform === "win32") return undefined
  if (existing.size < heldBytes && !freesSlowly(fileSystem, existing.dev, folder)) return undefined
  let descriptor: number
  try {
    descriptor = fileSystem.openSync(path, "r")
  } catch {
    return undefined
  }
  const close = () => {
    later.delete(close)
    const closed = fileSystem
      .close(descriptor)
      .catch(() => {})
      .then(() => void closing.delete(closed))
    closing.add(closed)
  }
  return () => (later.size < mostLater ? closeLater(fileSystem, close) : close())
}

/** Resolves when no file that was replaced before the call is open any more: its disk can be unmounted. */
export async function contentLetGo(): Promise<void> {
  for (const close of later) close()
  await Promise.all(closing)
}

// To wake a thread costs the caller tens of microseconds, and giving back much would hold up the sync of the folder,
// which comes in this turn of the event loop, or that of the next file.
function closeLater(fileSystem: FileSystem, close: () => void): void {
  later.add(close)
  const whenDue = () => {
    if (later.has(close)) close()
  }
  setImmediate(() => afterSyncs(fileSystem, whenDue))
}
