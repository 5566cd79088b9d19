import { PersistError } from "@persist/core"

const codes: readonly unknown[] = ["MODULE_NOT_FOUND", "ERR_DLOPEN_FAILED"]

/**
 * `ERR_PERSIST_MISSING_DRIVER` for an error that says that better-sqlite3, or the library that it consists of, is
 * not there or made for another Node or platform; `undefined` for any other.
 */
export function sqliteDriverError(cause: unknown): PersistError | undefined {
  const { code, message = "" } = (cause ?? {}) as NodeJS.ErrnoException
  if (!codes.includes(code) && !message.startsWith("Could not locate the bindings file")) return
  const [why] = message.split("\n")
  return new PersistError(
    "ERR_PERSIST_MISSING_DRIVER",
    `SQLite needs better-sqlite3, which cannot be loaded here (${why}). It is native: run npm install better-sqlite3, beside a bundle too, which has to leave it outside, and again for another Node or platform.`,
    { cause },
  )
}
