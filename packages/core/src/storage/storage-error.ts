import { PersistError } from "@persist/atomic"
import { abortedError } from "@persist/atomic/options"
import { quotaCode } from "../is-disk-full.ts"
import { isError } from "../is-error.ts"
import { abridged } from "../values/path.ts"

/** What "Cannot" is followed by, for operations whose names are no verbs. */
const verbs: ReadonlyMap<string, string> = new Map([
  ["exists", "look for"],
  ["stat", "look at"],
  ["entries", "list"],
  ["versions", "list the versions of"],
  ["backups", "list the backups of"],
])

/** What to do about system errors that a beginner meets. */
const advice: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "Give this program the right to it, or choose another place"],
  ["EPERM", "Give this program the right to it, or choose another place"],
  ["EROFS", "Choose another place; this one can only be read"],
  ["ENOSPC", "Make room there, and try again"],
  ["EDQUOT", "The disk quota is used up: make room, and try again"],
  [quotaCode, "The disk quota is used up: make room, and try again"],
  // What Node's permission model calls them.
  ["FileSystemRead", "Start Node with --allow-fs-read for this place too"],
  ["FileSystemWrite", "Start Node with --allow-fs-write for this place too"],
])

/** Runs one backend primitive; what it throws leaves as a `PersistError` that names the key. */
export async function guarded<T>(
  operation: string,
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(operation, key, error, signal)
  }
}

/** `guarded` for synchronous primitives. */
export function guardedSync<T>(operation: string, key: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storageError(operation, key, error, undefined)
  }
}

/** A serializer's error with the key in front, its code kept. */
export function keyedError(operation: string, key: string, error: unknown): unknown {
  if (!PersistError.is(error) || error.key !== undefined) return error
  return new PersistError(error.code, `Cannot ${operation} "${key}": ${error.message}`, {
    cause: error,
    key,
    path: error.path,
    details: error.details,
  })
}

/**
 * What a primitive threw, as callers see it: an end by the signal is `ERR_PERSIST_ABORTED` with the
 * signal's reason as cause, an error with a `code` is `ERR_PERSIST_IO` with that error as cause; so is one
 * whose cause has one, as when a `fetch` fails. Anything else is a mistake in the backend and stays as it is.
 */
export function storageError(
  operation: string,
  key: string,
  error: unknown,
  signal: AbortSignal | undefined,
): unknown {
  // The reason may be a PersistError itself: that of whatever made the caller abort.
  const isEnd = (one: unknown): boolean => one === signal?.reason || isAbortError(one)
  if (signal?.aborted && isEnd(error)) return abortedError(signal, described(operation, key))
  if (PersistError.is(error)) return error
  if (!isError(error) || isAbortError(error)) return error
  if (signal?.aborted && isEnd(error.cause)) return abortedError(signal, described(operation, key))
  const failure = "code" in error ? error : error.cause
  if (!isError(failure) || !("code" in failure)) return error
  const verb = verbs.get(operation) ?? operation
  const what = key === "" ? verb : `${verb} "${key}"`
  // That of a connection which several addresses refused has no message.
  const reason = failure.message === "" ? String(failure.code) : failure.message
  const why = failure === error ? reason : `${error.message}: ${reason}`
  const { permission } = failure as { permission?: unknown }
  const next = advice.get(permission ?? failure.code)
  const message = `Cannot ${what}: ${why}${next === undefined ? "" : `. ${next}.`}`
  return new PersistError("ERR_PERSIST_IO", message, {
    cause: error,
    key,
    path: (error as NodeJS.ErrnoException).path,
  })
}

/** How messages name an operation on a key, or on everything. */
export function described(operation: string, key: string): string {
  return key === "" ? `The ${operation}` : `The ${operation} of "${abridged(key)}"`
}

/** Whether an error is how Node and the web say that a signal ended something. */
export function isAbortError(error: unknown): boolean {
  return isError(error) && error.name === "AbortError"
}
