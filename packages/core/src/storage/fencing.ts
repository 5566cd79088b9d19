import { PersistError } from "@persist/atomic"

/**
 * Checks a fencing token against the mark of a key, the highest token that it was written with: for
 * backends, which call it atomically with the write (Kleppmann, "How to do distributed locking", 2016).
 *
 * @throws `ERR_PERSIST_FENCED` when `fence` is below `stored`.
 */
export function checkFence(
  key: string,
  fence: number | undefined,
  stored: number | undefined,
): void {
  if (fence !== undefined && stored !== undefined && fence < stored)
    throw fencedError(key, fence, stored)
}

/** The error for a write under a lease that somebody else holds by now. */
export function fencedError(key: string, fence: number, stored: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_FENCED",
    `"${key}" was written with the fencing token ${stored} already, so this write with ${fence} was refused: its lease was lost to another holder. Acquire the lease anew, load, and decide again.`,
    { key, details: { fence, stored } },
  )
}
