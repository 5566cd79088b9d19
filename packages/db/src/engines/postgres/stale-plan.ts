import { isError } from "@persist/core/options"
import type { DatabaseFault } from "../../errors/database-error.ts"
import { namePrefix } from "./named-statements.ts"

/** What the caller of a session learns whose prepared statement no longer fits. */
export const stalePlan: DatabaseFault = {
  code: "ERR_PERSIST_SERIALIZATION",
  what: "The tables changed while this session used them; run the session again",
}

/** Whether a prepared statement failed because its tables have changed or the server has forgotten it. */
export function isStalePlan(error: unknown): boolean {
  if (!(isError(error) && "code" in error)) return false
  // One of the caller's own, which they prepared by hand, is another matter.
  if (error.code === "26000") return error.message.includes(namePrefix)
  if (error.code !== "0A000") return false
  // The words are in the server's language, the function is not; others that speak the protocol have the words alone.
  const isRevalidated = "routine" in error && error.routine === "RevalidateCachedQuery"
  return isRevalidated || error.message.includes("cached plan must not change result type")
}
