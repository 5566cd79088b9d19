import { dirname, join } from "node:path"
import { type FileSystem, syncFolder, syncFolderSync } from "@persist/atomic"
import { awaitRenames } from "@persist/atomic/waiting"
import type { DeleteRequest } from "@persist/core"
import { isDiskFull, throwIfAborted } from "@persist/core/options"
import { keepBackup } from "../history/keep-backup.ts"
import { retain } from "../history/retain.ts"
import { isMissing } from "../reading/containment.ts"
import { type Located, locateAll } from "../reading/locate.ts"
import { revisionOf } from "../reading/revision.ts"
import type { Claim } from "./change-queue.ts"
import { takenError, undoRecords } from "./commit.ts"
import { commitTimeout } from "./commit-locks.ts"
import { checkRevision } from "./conflict.ts"
import type { FileContext } from "./context.ts"
import { historyStays, removalUnknown, settled, settledSync } from "./indeterminate.ts"
import type { BriefLock } from "./owner-record.ts"
import { stillHeld } from "./still-held.ts"

/** Removes the value of `key`; resolves, with whether there was one, when it is durably gone. */
export async function remove(
  context: FileContext,
  key: string,
  request: DeleteRequest,
  claim: Claim,
): Promise<boolean> {
  if (isNothing(context, key, request)) return false
  const limits = { timeout: commitTimeout, signal: request.signal }
  const work = (lock?: BriefLock) => {
    throwIfAborted(request.signal, `Deleting "${key}"`)
    if (!claim()) throw takenError(key)
    return removeNow(context, key, request, lock)
  }
  let touched: Removed
  try {
    touched = await context.locks.commit(key, limits, async (lock) => work(lock))
  } catch (error) {
    // Who deletes to make room must not need any.
    if (!isDiskFull(error)) throw error
    const current = locateAll(context.layout, key)[0]
    const removed = current && context.locks.commitWithoutRoom(key, current.path, work)
    if (removed === undefined) throw error
    touched = removed
  }
  const { durability, fileSystem } = context
  if (durability === "full") {
    const syncs = touched.folders.map((folder) => syncFolder(folder, { fileSystem }))
    await settled(key, syncs)
  }
  finish(context, key, request)
  return touched.existed
}

/** `remove` for programs that cannot wait. */
export function removeSync(context: FileContext, key: string, request: DeleteRequest): boolean {
  if (isNothing(context, key, request)) return false
  const touched = context.locks.commitSync(key, (lock) => {
    for (const { path } of locateAll(context.layout, key)) awaitRenames(context.fileSystem, path)
    return removeNow(context, key, request, lock)
  })
  const { durability, fileSystem } = context
  if (durability === "full") {
    settledSync(key, () => {
      for (const folder of touched.folders) syncFolderSync(folder, { fileSystem })
    })
  }
  finish(context, key, request)
  return touched.existed
}

// What is not there needs no lock to be removed, nor a folder made for one.
function isNothing(context: FileContext, key: string, request: DeleteRequest): boolean {
  if (request.fence !== undefined || context.server.locateAll(key).length > 0) return false
  checkRevision(key, undefined, request.ifRevision)
  finish(context, key, request)
  return true
}

/**
 * Removes the files that a new one has replaced, unless somebody has written them since, as durably as the storage
 * promises: one that came back would be the value for whoever knows its format alone, or after the new one is deleted.
 *
 * @param isLocked The caller holds the commit lock.
 */
export async function removeReplaced(
  context: FileContext,
  key: string,
  replaced: readonly Located[],
  isLocked = false,
): Promise<void> {
  const limits = { timeout: commitTimeout, signal: undefined }
  const remove = () => removeUnchanged(context, key, replaced)
  if (isLocked) remove()
  else await context.locks.commit(key, limits, async () => remove())
  const { durability, fileSystem } = context
  if (durability !== "full") return
  await Promise.all(foldersOf(replaced).map((folder) => syncFolder(folder, { fileSystem })))
}

/** `removeReplaced`, where there is anything, for programs that cannot wait; it tells of what cannot go. */
export function removeReplacedSync(
  context: FileContext,
  key: string,
  replaced: readonly Located[],
): void {
  if (replaced.length === 0) return
  try {
    context.locks.commitSync(key, () => removeUnchanged(context, key, replaced))
    const { durability, fileSystem } = context
    if (durability !== "full") return
    for (const folder of foldersOf(replaced)) syncFolderSync(folder, { fileSystem })
  } catch (error) {
    tellOfReplaced(context, key, error)
  }
}

/** Says that a replaced file stays: the change itself has succeeded, the file counts no more, and `repair` removes it. */
export function tellOfReplaced({ logger }: FileContext, key: string, error: unknown): void {
  logger?.warn?.(`A file of "${key}" in the format that was replaced could not be removed.`, error)
}

function removeUnchanged(context: FileContext, key: string, replaced: readonly Located[]): void {
  for (const located of context.server.locateAll(key)) {
    const known = replaced.find(({ path }) => path === located.path)
    if (known && revisionOf(known.facts) === revisionOf(located.facts))
      unlink(context, located.path)
  }
}

interface Removed {
  readonly existed: boolean
  /** Absolute; those in which something was removed or kept. */
  readonly folders: readonly string[]
}

function removeNow(
  context: FileContext,
  key: string,
  request: DeleteRequest,
  lock: BriefLock | undefined,
): Removed {
  const check = stillHeld(lock)
  const found = context.server.locateAll(key)
  const current = found[0]
  const { fence } = request
  const raise = fence === undefined ? undefined : context.fences.check(key, fence)
  checkRevision(key, current, request.ifRevision)
  raise?.(check)
  const backup = current && keepBackup(context, key, current, request)
  context.spent.hold(found)
  // The newest goes last: should the process die in between, an older one must not come back.
  try {
    check()
    for (const located of found.toReversed()) unlinkNamed(context, located)
  } catch (error) {
    undoRecords(context, [backup], error)
    throw error
  }
  if (current) context.watches.deleted(key)
  const names = found.map(({ name }) => ({ path: join(context.layout.root, name) }))
  const folders = foldersOf(backup ? [...names, backup] : names)
  return { existed: current !== undefined, folders }
}

function foldersOf(files: readonly Pick<Located, "path">[]): readonly string[] {
  return [...new Set(files.map(({ path }) => dirname(path)))]
}

function finish(context: FileContext, key: string, request: DeleteRequest): void {
  if (!request.history) {
    retain(context, key, { ...request, version: undefined })
    return
  }
  try {
    for (const kind of ["version", "backup"] as const) {
      for (const { path, id } of context.history.files(kind, key)) {
        if (id !== request.backup) unlink(context, path)
      }
    }
  } catch (cause) {
    throw historyStays(key, cause)
  }
}

/** Removes the name: a link's destination may be the value of another key. */
function unlinkNamed(context: FileContext, { name }: Located): void {
  unlink(context, join(context.layout.root, name))
}

function unlink({ fileSystem }: FileContext, path: string): void {
  try {
    fileSystem.unlinkSync(path)
  } catch (error) {
    // A network file system may lose the answer of what it has done.
    if (!isMissing(error) && isThere(fileSystem, path, error)) throw error
  }
}

/** @throws `ERR_PERSIST_INDETERMINATE` when nobody can tell after `failure`. */
function isThere(fileSystem: FileSystem, path: string, failure: unknown): boolean {
  try {
    return fileSystem.lstatSync(path) !== undefined
  } catch {
    // Refused for want of rights, like the look: it has not taken effect.
    if (["EACCES", "EPERM"].includes((failure as NodeJS.ErrnoException).code ?? "")) return true
    throw removalUnknown(path, failure)
  }
}
