import { type BriefLock, isFresh, now } from "./owner-record.ts"

/**
 * Makes the last check of a change under `lock`, which was taken or looked at just now: should the process or its disk
 * have stood still since then, or while it was taken, another may have it by now. Call what it returns directly before
 * the change takes effect.
 *
 * @param lock Undefined where nobody could have taken it.
 * @returns Throws `ERR_PERSIST_LOCK_LOST`.
 */
export function stillHeld(lock: BriefLock | undefined): () => void {
  const since = lock?.since ?? now()
  return () => {
    if (!isFresh(since)) lock?.assertHeld()
  }
}
