import { PersistError } from "@persist/core"
import { isError } from "@persist/core/options"
import type { DatabaseFault } from "../../errors/database-error.ts"

/** The error for a server that could not be reached, or did not let us in. */
export function connectionError(
  location: string,
  cause: unknown,
  fault: DatabaseFault | undefined,
): unknown {
  if (PersistError.is(cause)) return cause
  const isLasting = refusals.has(String(refusalOf(cause)))
  const message = fault?.what ?? (isError(cause) ? cause.message : String(cause))
  return new PersistError("ERR_PERSIST_CONNECTION", `Cannot connect to ${location}. ${message}`, {
    cause,
    ...(isLasting && { details: { isLasting } }),
  })
}

// A wrong name or password, or no such database: in PostgreSQL's codes, then in MySQL's numbers.
const refusals: ReadonlySet<string> = new Set([
  ...["28000", "28P01", "3D000"],
  ...["1044", "1045", "1049", "1698"],
])

function refusalOf(cause: unknown): unknown {
  const { code, errno } = (cause ?? {}) as { readonly code?: unknown; readonly errno?: unknown }
  return errno ?? code
}
