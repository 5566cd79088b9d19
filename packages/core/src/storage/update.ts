import { PersistError } from "@persist/atomic"
import { throwIfAborted } from "@persist/atomic/options"
import type { Serializer } from "../serializer.ts"
import { unlessAborted } from "../unless-aborted.ts"
import type { UpdateOptions } from "./options.ts"
import type { StoredValue, UpdateRequest } from "./primitives.ts"
import { described } from "./storage-error.ts"
import type { ValueCodec, WriteIntent } from "./value-codec.ts"
import type { ValueReader } from "./value-reader.ts"

/** One `update` under way. */
export interface PendingUpdate<T> {
  readonly request: UpdateRequest
  /** What the caller sees of an error of the backend: what their own change threw, if it did. */
  readonly reason: (error: unknown) => unknown
  /** What the last run of the change returned. */
  readonly result: () => T
}

/**
 * Carries an error of the caller's through the backend. It is none of the errors that a backend acts
 * on: a conflict that the change met elsewhere is no conflict of this update.
 */
class ChangeFailure extends Error {
  constructor(cause: unknown) {
    super("The change threw.", { cause })
  }
}

/** Makes what a backend needs to update `key` by the caller's `change`. */
export function updateRequest<T>(
  key: string,
  change: (current: T) => T | Promise<T>,
  options: UpdateOptions<T>,
  timeout: number,
  codec: ValueCodec,
  reader: ValueReader,
): PendingUpdate<T> {
  const { signal } = options
  const serializer = options.serializer as Serializer | undefined
  let failure: ChangeFailure | undefined
  let result: T
  const next = async (stored: StoredValue | undefined) => {
    // A backend that was mistaken about the current value asks again, also after the change has thrown.
    failure = undefined
    let current: unknown
    if (stored === undefined) {
      current = codec.copy(options.default, serializer)
    } else {
      try {
        current = codec.decode(key, stored, serializer)
      } catch (reason) {
        current = await reader.substitute({ key, serializer, signal }, stored, reason)
      }
    }
    try {
      const changed = change(current as T)
      // A hot path: each wait less is felt. What hangs is left to itself when the signal ends the update.
      if (!isThenable(changed)) result = changed
      else if (signal === undefined) result = await changed
      else result = await unlessAborted(changed, signal, described("update", key))
    } catch (cause) {
      failure = new ChangeFailure(cause)
      throw failure
    }
    if (signal?.aborted) throwIfAborted(signal, described("update", key))
    const intent = { ...(options as WriteIntent), expiresAt: stored?.entry.expiresAt }
    try {
      return codec.encode(key, result, intent)
    } catch (error) {
      throw result === undefined ? withoutResult(key, error) : error
    }
  }
  return {
    request: { next, timeout, signal },
    reason: (error) => (failure === undefined ? error : failure.cause),
    result: () => result,
  }
}

/** A change that returned nothing, in a format that has no place for it: mostly a `return` is missing. */
function withoutResult(key: string, error: unknown): unknown {
  if (!PersistError.is(error, "ERR_PERSIST_ENCODE")) return error
  const message = `The change of "${key}" returned undefined; return the new value, also when you changed the old one in place.`
  return new PersistError(error.code, message, { cause: error, key, details: error.details })
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === "function"
}
