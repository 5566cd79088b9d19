import { PersistError } from "@persist/core"
import { openSqlite } from "../engines/sqlite/open-sqlite.ts"

/** Makes the live database what the backup at `path` is; a damaged backup is refused before. */
export async function restoreDatabase(path: string, filename: string): Promise<void> {
  if (filename === ":memory:" || filename === "") {
    throw new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      "A database in memory cannot be restored; open the backup itself.",
    )
  }
  const backup = openSqlite(path, { readonly: true, mustExist: true })
  try {
    const found = backup.pragma("integrity_check", { simple: true })
    if (found !== "ok") throw new Error(String(found))
    await backup.backup(filename, { progress: () => 10_000 })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new PersistError(
      "ERR_PERSIST_CORRUPT",
      `The backup ${path} was not restored, nothing has changed: ${message}`,
      { cause, path },
    )
  } finally {
    backup.close()
  }
}
