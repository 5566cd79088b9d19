import assert from "node:assert/strict"
import { setTimeout as delay } from "node:timers/promises"
import { PersistError, type PersistErrorCode } from "@persist/atomic"

/** What became of an operation under a fault. */
export type Outcome<T> =
  | { readonly state: "applied"; readonly value: T }
  /** It did not take effect and never will. */
  | { readonly state: "not applied"; readonly error: PersistError }
  /** `ERR_PERSIST_INDETERMINATE`: nobody can know. */
  | { readonly state: "indeterminate"; readonly error: PersistError }

const codesOfFaults: readonly PersistErrorCode[] = [
  "ERR_PERSIST_CONNECTION",
  "ERR_PERSIST_TIMEOUT",
  "ERR_PERSIST_IO",
  "ERR_PERSIST_BUSY",
  "ERR_PERSIST_SERIALIZATION",
]

/**
 * The outcome of `work`, which must settle within `deadline` milliseconds, and reject only with a code that fits
 * a fault, or one of `others`.
 */
export async function outcomeOf<T>(
  work: Promise<T>,
  deadline: number,
  others: readonly PersistErrorCode[] = [],
): Promise<Outcome<T>> {
  try {
    return { state: "applied", value: await within(work, deadline) }
  } catch (error) {
    if (PersistError.is(error, "ERR_PERSIST_INDETERMINATE"))
      return { state: "indeterminate", error }
    for (const code of [...codesOfFaults, ...others]) {
      if (PersistError.is(error, code)) return { state: "not applied", error }
    }
    throw error
  }
}

/** `work`, or a failed assertion when it takes longer. */
export async function within<T>(work: Promise<T>, deadline: number): Promise<T> {
  const ended = new AbortController()
  const late = delay(deadline, undefined, { signal: ended.signal }).then(
    () => assert.fail(`it has not settled within ${deadline} ms`),
    () => undefined as never,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    ended.abort()
  }
}

/** The result of `work`, which is tried again while it meets what a fault has left behind, for `deadline` milliseconds. */
export async function eventually<T>(work: () => Promise<T>, deadline: number): Promise<T> {
  const end = performance.now() + deadline
  for (;;) {
    const outcome = await outcomeOf(work(), deadline)
    if (outcome.state === "applied") return outcome.value
    if (performance.now() > end) {
      throw new assert.AssertionError({
        message: `it does not work again ${deadline} ms after the fault: ${outcome.error.message}`,
      })
    }
    await delay(20)
  }
}
