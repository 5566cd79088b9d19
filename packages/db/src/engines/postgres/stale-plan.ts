import type { DatabaseFault } from "../../errors/database-error.ts"

/** What the caller of a session learns whose prepared statement no longer fits. */
export const stalePlan: DatabaseFault = {
  code: "ERR_PERSIST_SERIALIZATION",
  what: "The tables changed while this session used them; run the session again",
}

/** Whether a prepared statement failed because its tables have changed or the server has forgotten it. */
export function isStalePlan(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "0A000" || error.code === "26000") &&
    /cached plan must not change result type|prepared statement .* does not exist/.test(
      error.message,
    )
  )
}
