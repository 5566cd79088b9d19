import { PersistError } from "@persist/atomic"

/** Runs one backend primitive; what it throws leaves as a `PersistError` that names the key. */
export async function guarded<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(action, key, error)
  }
}

/** `guarded` for synchronous primitives. */
export function guardedSync<T>(action: string, key: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storageError(action, key, error)
  }
}

/** A serializer's error with the key in front, its code kept. */
export function keyedError(action: string, key: string, error: unknown): unknown {
  if (!PersistError.is(error) || error.key !== undefined) return error
  return new PersistError(error.code, `Cannot ${action} "${key}": ${error.message}`, {
    cause: error,
    key,
    path: error.path,
    details: error.details,
  })
}

function storageError(action: string, key: string, error: unknown): unknown {
  if (PersistError.is(error)) return error
  if (!(error instanceof Error) || !("code" in error)) return error
  return new PersistError("ERR_PERSIST_IO", `Cannot ${action} "${key}": ${error.message}`, {
    cause: error,
    key,
    path: (error as NodeJS.ErrnoException).path,
  })
}
