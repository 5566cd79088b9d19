import { fencedError, PersistError } from "@persist/core"
import type { Reply } from "../connection/client.ts"
import { unlaid } from "../scripts/includes.ts"

/** The error for what a script refused, if it is one. */
export function refusalOf(
  key: string,
  fence: number | undefined,
  [first, mark]: readonly Reply[],
): PersistError | undefined {
  const state = String(first)
  if (state === "FENCED") return fencedError(key, fence!, Number(mark))
  if (state === "CONFLICT") return conflictError(key)
  return undefined
}

/** Whether a script has refused to write because the prefix is not laid out as we think. */
export function isUnlaidReply(reply: Reply): boolean {
  return Array.isArray(reply) && String(reply[0]) === unlaid
}

/** Whether an error is what a script refused: then nothing was written, and nothing will be. */
export function isRefused(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_CONFLICT") || PersistError.is(error, "ERR_PERSIST_FENCED")
  )
}

/** The error for a value that is no longer the one that was named. */
export function conflictError(key: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was changed by somebody else in between; load it again and repeat the change.`,
    { key },
  )
}
