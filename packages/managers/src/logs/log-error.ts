import { PersistError } from "@persist/core"
import { isError } from "@persist/core/options"

/** A system error as `ERR_PERSIST_IO`; any other as it is. */
export function logError(action: string, name: string, error: unknown): unknown {
  if (PersistError.is(error) || !(isError(error) && "code" in error)) return error
  return new PersistError("ERR_PERSIST_IO", `${action} "${name}": ${error.message}`, {
    cause: error,
    key: name,
    path: (error as NodeJS.ErrnoException).path,
  })
}

/** The error for a compressed file that cannot be read to its end. */
export function damagedLog(path: string, end: number, cause: NodeJS.ErrnoException): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `The log file ${path} is damaged behind byte ${end} of its text (${cause.message}); it stays as it is. Put a copy in its place, or move it away to read the rest of the log.`,
    { cause, path },
  )
}
