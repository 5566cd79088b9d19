import assert from "node:assert/strict"
import { PersistError } from "@persist/core"

/** The PersistError that `run` throws; anything else fails the test. */
export function failure(run: () => unknown): PersistError {
  try {
    run()
  } catch (error) {
    assert(PersistError.is(error), String((error as Error)?.stack))
    return error
  }
  throw new assert.AssertionError({ message: "nothing was thrown" })
}

/** The code that `run` throws. */
export function codeOf(run: () => unknown): string {
  return failure(run).code
}
