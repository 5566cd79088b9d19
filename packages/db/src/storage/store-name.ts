import { PersistError } from "@persist/core"

/** Names whose tables are those of migrations, of leases, or of another storage's history. */
const taken = /^(?:migrations|leases)$|_history$/i

/** @throws `ERR_PERSIST_INVALID_ARGUMENT` for what cannot name a storage. */
export function assertStoreName(name: string): void {
  const isName = typeof name === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(name)
  if (isName && !taken.test(name)) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `storage: ${JSON.stringify(name)} is no name for a storage; give 1 to 40 letters, digits, "_" or "-"; not "migrations", "leases" or "…_history", whose tables are taken.`,
  )
}
