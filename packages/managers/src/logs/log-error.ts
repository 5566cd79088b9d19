import { PersistError } from "@persist/core"

/** A system error as `ERR_PERSIST_IO`; any other as it is. */
export function logError(action: string, name: string, error: unknown): unknown {
  if (PersistError.is(error) || !(error instanceof Error && "code" in error)) return error
  return new PersistError("ERR_PERSIST_IO", `${action} "${name}": ${error.message}`, {
    cause: error,
    key: name,
    path: (error as NodeJS.ErrnoException).path,
  })
}
