import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { PersistError } from "@persist/core"
import { openSqlite } from "../engines/sqlite/open-sqlite.ts"
import { isBusy } from "../engines/sqlite/sqlite-fault.ts"

/**
 * Brings what a log beside `path` still holds into the database there, and removes the log: SQLite would play it into
 * whatever takes the place of that database.
 *
 * @throws `ERR_PERSIST_BUSY` when the database is open elsewhere.
 */
export async function settleLogs(path: string): Promise<void> {
  assertClosed(path)
  for (const log of logsOf(path)) await rm(log, { force: true })
}

/** @throws `ERR_PERSIST_BUSY` when there is a database at `path` that is open elsewhere; what its log holds is in it then. */
export function assertClosed(path: string): void {
  if (!logsOf(path).some((log) => existsSync(log))) return
  try {
    finish(path)
  } catch (cause) {
    // What is damaged, or no database, has nothing that its log could bring back.
    if (isBusy(cause)) throw openElsewhere(path, cause)
  }
}

function logsOf(path: string): readonly string[] {
  return [`${path}-wal`, `${path}-journal`]
}

function finish(path: string): void {
  const database = openSqlite(path, { mustExist: true })
  try {
    database.pragma("journal_mode = delete")
  } finally {
    database.close()
  }
}

function openElsewhere(path: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_BUSY",
    `The backup would take the place of ${path}, which is open elsewhere as a database; close it there, or give another path.`,
    { cause, path },
  )
}
