import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { shareFolderSync, syncFolderNow } from "./folder-sync.ts"
import { forgetFolder, unsyncedFolders } from "./unsynced-folders.ts"

/** Puts the entries of `folder` on the disk, and the entries of the new folders that lead to it. */
export function makeEntriesDurable(fileSystem: FileSystem, folder: string): Promise<void> {
  const fresh = unsyncedFolders(fileSystem, folder)
  if (fresh.length === 0) return shareFolderSync(fileSystem, folder)
  return makeWayDurable(fileSystem, folder, fresh)
}

async function makeWayDurable(
  fileSystem: FileSystem,
  folder: string,
  fresh: readonly string[],
): Promise<void> {
  const outcomes = await Promise.allSettled([
    shareFolderSync(fileSystem, folder),
    ...fresh.map(async (created) => {
      await shareFolderSync(fileSystem, dirname(created))
      forgetFolder(fileSystem, created)
    }),
  ])
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
}

/** `makeEntriesDurable` for programs that cannot wait. */
export function makeEntriesDurableSync(fileSystem: FileSystem, folder: string): void {
  syncFolderNow(fileSystem, folder)
  for (const created of unsyncedFolders(fileSystem, folder)) {
    syncFolderNow(fileSystem, dirname(created))
    forgetFolder(fileSystem, created)
  }
}
