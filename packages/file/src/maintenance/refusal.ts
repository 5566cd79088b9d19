import { PersistError } from "@persist/core"

/** Whether `error` is about one file or folder, so that a walk can go on with the others. */
export function isRefusal(error: unknown): boolean {
  if (!PersistError.is(error)) return error instanceof Error && "code" in error
  return error.code !== "ERR_PERSIST_CLOSED" && error.code !== "ERR_PERSIST_ABORTED"
}
