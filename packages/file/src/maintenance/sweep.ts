import { join } from "node:path"
import { type FileSystem, lockSync, PersistError, sweepTemporaries } from "@persist/atomic"
import type { Logger } from "@persist/core"
import { namesIn } from "../history/history.ts"
import { internalFolder } from "../keys/key-path.ts"
import { assertContained } from "../reading/containment.ts"
import type { FileContext } from "../writing/context.ts"

// On a read-only disk, say; nothing that a load or save depends on.
const notRemoved = "Leftovers of killed processes could not be removed."

/** @throws `ERR_PERSIST_INVALID_KEY` when a link would lead what the storage keeps for itself elsewhere. */
export function assertOwnFolders({ layout }: FileContext): void {
  for (const kind of ["keys", "locks", "staging"]) {
    assertContained(layout.root, `${internalFolder}/${kind}/`)
  }
}

/** Removes the temporary files and locks of processes that died, and none of a process that lives. */
export function sweepLeftovers({ staging, locks, fileSystem, logger }: FileContext): void {
  sweepFolder(staging, fileSystem, logger)
  try {
    const names = namesIn(locks.folder)
    sweepTemporaries(locks.folder, { fileSystem, names })
    for (const name of names) {
      if (name.endsWith(".lock")) sweepLock(join(locks.folder, name.slice(0, -5)), fileSystem)
    }
  } catch (error) {
    logger?.debug?.(notRemoved, error)
  }
}

/** Removes the temporary files of processes that died from one folder. */
export function sweepFolder(
  folder: string,
  fileSystem: FileSystem,
  logger: Logger | undefined,
): void {
  try {
    sweepTemporaries(folder, { fileSystem })
  } catch (error) {
    logger?.debug?.(notRemoved, error)
  }
}

// Taking it removes the lock of a dead holder; that of a living one stays.
function sweepLock(path: string, fileSystem: FileSystem): void {
  try {
    lockSync(path, { timeout: 0, fileSystem }).release()
  } catch (error) {
    if (!PersistError.is(error, "ERR_PERSIST_TIMEOUT")) throw error
  }
}
