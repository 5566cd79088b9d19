import { PersistError } from "../persist-error.ts"
import { lock } from "./acquire.ts"
import type { Lock, LockOptions } from "./lock.ts"

/**
 * Runs `work` while this process holds the lock of `path`, and gives the lock back whatever happens.
 *
 * @throws What `work` throws; `ERR_PERSIST_LOCK_LOST` when the lock was lost under it; what `lock` throws;
 * `ERR_PERSIST_INVALID_ARGUMENT` when `work` is no function.
 */
export async function withLock<T>(
  path: string | URL,
  work: (lock: Lock) => T | PromiseLike<T>,
  options?: LockOptions,
): Promise<T> {
  if (typeof work !== "function") throw noWork(work)
  const held = await lock(path, options)
  try {
    const result = await work(held)
    held.assertHeld()
    return result
  } finally {
    held.release()
  }
}

function noWork(work: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `withLock: the work is of type ${work === null ? "null" : typeof work}; give a function, and the options after it.`,
  )
}
