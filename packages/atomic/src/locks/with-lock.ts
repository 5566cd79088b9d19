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
  const held = await lock(path, options)
  try {
    const result = await work(held)
    held.assertHeld()
    return result
  } finally {
    held.release()
  }
}
