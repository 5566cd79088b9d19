import type { FileSystem } from "../file-system.ts"
import { isRefused } from "../system-error.ts"
import { isDeserted } from "./gate.ts"
import { mostInPlace, syncsInPlace } from "./sync-pace.ts"
import { tooManyOpen } from "./too-many-open.ts"

// After writes that met each other so many have to be alone, one after the other.
const enough = 32

let lacking = 0
/** Whether something was written at once, and nobody who waited for anything has got on since. */
let isFresh = false

const settled = /* @__PURE__ */ Promise.resolve()
const goStale = (): void => {
  isFresh = false
}

/**
 * Has `work` write little and sync it on the calling thread: where nobody else is writing and the disk is fast, that is
 * quicker than promises. Nobody knows of writes that begin in the same turn, which had better wait for the disk
 * together: where they are usual, nothing is done at once.
 *
 * @param size Bytes.
 * @param isSynced Whether the work waits for the disk.
 * @param work Returns undefined when nothing has happened; nor may it have where it throws that too many files are open,
 * or that Node's permission model refuses.
 * @returns Undefined where that is not so: nothing was done.
 */
export function atOnce<T>(
  fileSystem: FileSystem,
  size: number,
  isSynced: boolean,
  work: () => T | undefined,
): T | undefined {
  if (lacking > 0 || size > mostInPlace || !isDeserted()) return undefined
  if (isFresh || (isSynced && !syncsInPlace(fileSystem))) return undefined
  settled.then(goStale)
  isFresh = true
  try {
    const done = work()
    // For nothing, as the next would be: others are at the same files, say, or they lie on another disk.
    if (done === undefined) lacking = enough
    return done
  } catch (error) {
    // Both pass where somebody can wait.
    if (tooManyOpen(error) || isRefused(error)) return undefined
    throw error
  }
}

/** A write begins that waits for what it needs. */
export function beginWaiting(): void {
  if (isFresh) lacking = enough
}

/** A little write found out whether it was alone. */
export function wasAlone(isSo: boolean): void {
  if (!isSo) lacking = enough
  else if (lacking > 0) lacking--
}
