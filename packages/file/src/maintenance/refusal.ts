import { PersistError } from "@persist/core"
import { isError } from "@persist/core/options"

/** Whether `error` is about one file or folder, so that a walk can go on with the others. */
export function isRefusal(error: unknown): boolean {
  if (!PersistError.is(error)) return isError(error) && "code" in error
  return error.code !== "ERR_PERSIST_CLOSED" && error.code !== "ERR_PERSIST_ABORTED"
}
