import { fencedError, PersistError } from "@persist/core"
import type { Reply } from "../connection/client.ts"

/** The error for what a script refused, if it is one. */
export function refusalOf(
  key: string,
  fence: number | undefined,
  [state, mark]: readonly Reply[],
): PersistError | undefined {
  if (state === "FENCED") return fencedError(key, fence!, Number(mark))
  if (state === "CONFLICT") return conflict(key)
  return undefined
}

function conflict(key: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was changed by somebody else in between; load it again and repeat the change.`,
    { key },
  )
}
