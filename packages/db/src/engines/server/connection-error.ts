import { PersistError } from "@persist/core"
import type { DatabaseFault } from "../../errors/database-error.ts"

/** The error for a server that could not be reached, or did not let us in. */
export function connectionError(
  location: string,
  cause: unknown,
  fault: DatabaseFault | undefined,
): unknown {
  if (PersistError.is(cause)) return cause
  const message = fault?.what ?? (cause instanceof Error ? cause.message : String(cause))
  return new PersistError("ERR_PERSIST_CONNECTION", `Cannot connect to ${location}. ${message}`, {
    cause,
  })
}
