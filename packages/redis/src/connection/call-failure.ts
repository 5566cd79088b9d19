import { PersistError } from "@persist/core"
import { described, indeterminate, unanswered, unreachable } from "../errors/connection-errors.ts"
import { answerError, isAnswer } from "../errors/server-errors.ts"
import type { Call } from "./call.ts"
import { Done } from "./done.ts"
import { Refusal, Unreachable } from "./endpoint.ts"
import { LostReply } from "./lost-reply.ts"

/**
 * What the caller of a call is told that ended with `error`.
 *
 * @param lost The reply that is missing: then it may have been done, whatever is known besides.
 */
export function callFailure(
  { operation, key, mutation }: Call,
  error: unknown,
  timeout: number,
  lost: LostReply | undefined,
): unknown {
  const what = described(operation, key)
  if (error instanceof Done || PersistError.is(error)) return error
  if (mutation !== undefined && lost !== undefined) {
    const isRefused = error instanceof Refusal || isAnswer(error)
    const why = isRefused
      ? "its connection was lost, and the server does not tell what became of it"
      : `no answer came within ${timeout} ms`
    return indeterminate(what, key, why, error)
  }
  if (error instanceof Refusal) return error.error
  if (isAnswer(error)) return answerError(what, error, key)
  if (error instanceof LostReply || lost !== undefined) {
    return unanswered(what, key, timeout, error)
  }
  if (error instanceof Unreachable) return unreachable(what, key, timeout, error.cause)
  return error
}
