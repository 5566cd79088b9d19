import { PersistError } from "../persist-error.ts"
import { lock } from "./acquire.ts"
import type { Lock, LockOptions } from "./lock.ts"

/**
 * Runs `work` while this process holds the lock of `path`, and gives the lock back whatever happens.
 *
 * @throws What `work` throws; `ERR_PERSIST_LOCK_LOST` when the lock was lost under it; what `lock` throws.
 */
export async function withLock<T>(
  path: string | URL,
  work: (lock: Lock) => T | PromiseLike<T>,
  options?: LockOptions,
): Promise<T> {
  if (typeof work !== "function") {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `withLock: the work is ${work === null ? "null" : typeof work}; give a function, as in withLock(path, async (lock) => …).`,
    )
  }
  const held = await lock(path, options)
  try {
    const result = await work(held)
    held.assertHeld()
    return result
  } finally {
    held.release()
  }
}
