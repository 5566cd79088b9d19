import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { codeOf, quietly } from "../system-error.ts"
import { syncAtPace } from "./sync-pace.ts"
import { whenFewerOpen } from "./too-many-open.ts"

// What platforms and file systems answer that cannot open or sync a folder; there it needs none, or has no way.
const cannotSync: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EACCES",
  "EISDIR",
  "EINVAL",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
])

interface FolderQueue {
  /** Has started already: whoever comes now cannot rely on it. */
  running: Promise<void>
  /** Starts when `running` has ended, and counts for all who came in between. */
  next: Promise<void> | undefined
}

const queues = perFileSystem(() => new Map<string, FolderQueue>())

/**
 * Puts the entries of `folder` on the disk. Calls that arrive in one turn, or while a sync of the same folder
 * runs, share the one after it: a sync counts only for what was done before it started.
 */
export function shareFolderSync(fileSystem: FileSystem, folder: string): Promise<void> {
  const folders = queues(fileSystem)
  let queue = folders.get(folder)
  if (queue === undefined) {
    queue = { running: Promise.resolve(), next: undefined }
    folders.set(folder, queue)
  }
  if (queue.next === undefined) {
    const start = startNext.bind(undefined, fileSystem, folder, queue)
    queue.next = queue.running.then(start, start)
  }
  return queue.next
}

async function startNext(
  fileSystem: FileSystem,
  folder: string,
  queue: FolderQueue,
): Promise<void> {
  queue.running = queue.next!
  queue.next = undefined
  try {
    await syncFolderOnce(fileSystem, folder)
  } finally {
    if (queue.next === undefined) queues(fileSystem).delete(folder)
  }
}

async function syncFolderOnce(fileSystem: FileSystem, folder: string): Promise<void> {
  // What is there already must not become uncertain because many files are open for a moment.
  const opening = whenFewerOpen(() => openFolder(fileSystem, folder))
  const descriptor = opening instanceof Promise ? await opening : opening
  if (descriptor === undefined) return
  try {
    const synced = syncAtPace(fileSystem, { descriptor, path: folder }, true)
    if (synced !== undefined) await synced
  } catch (error) {
    if (!cannotSync.has(codeOf(error))) throw error
  } finally {
    quietly(() => fileSystem.closeSync(descriptor))
  }
}

/** Puts the entries of `folder` on the disk before it returns. */
export function syncFolderNow(fileSystem: FileSystem, folder: string): void {
  const descriptor = openFolder(fileSystem, folder)
  if (descriptor === undefined) return
  try {
    fileSystem.fsyncSync(descriptor)
  } catch (error) {
    if (!cannotSync.has(codeOf(error))) throw error
  } finally {
    quietly(() => fileSystem.closeSync(descriptor))
  }
}

function openFolder(fileSystem: FileSystem, folder: string): number | undefined {
  try {
    return fileSystem.openSync(folder, "r")
  } catch (error) {
    if (cannotSync.has(codeOf(error))) return undefined
    throw error
  }
}
