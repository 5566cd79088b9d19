import { PersistError } from "@persist/core"

/** @throws `ERR_PERSIST_INVALID_ARGUMENT` showing how to call it. */
export function assertFunction(work: unknown, operation: string, example: string): void {
  if (typeof work === "function") return
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${operation} takes its work as a function: ${example}.`,
  )
}

/** A call on a database that was closed. */
export function closedCall(operation: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_CLOSED",
    `${operation}: this DatabaseStorage is closed; open a new one.`,
  )
}
