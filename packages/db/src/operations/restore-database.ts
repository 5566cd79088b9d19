import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { abortedError, throwIfAborted } from "@persist/core/options"
import { reasonOf } from "@persist/core/values"
import { openSqlite } from "../engines/sqlite/open-sqlite.ts"
import type { SqliteBackupProgress, SqliteDatabase } from "../engines/sqlite/sqlite-database.ts"
import { isSqliteError, sqliteFault } from "../engines/sqlite/sqlite-fault.ts"

const pause = 25

/** What cannot change under open handles. */
const layout = [
  ["page_size", "page size"],
  ["encoding", "encoding of texts"],
] as const

interface RestoreSettings {
  /** Milliseconds to wait for other processes. */
  readonly busyTimeout: number
  readonly signal: AbortSignal | undefined
}

/** Makes the live database what the backup at `path` is; a damaged backup is refused before. */
export async function restoreDatabase(
  path: string,
  live: SqliteDatabase,
  settings: RestoreSettings,
): Promise<void> {
  const filename = live.name
  if (filename === ":memory:" || filename === "") {
    throw new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      "A database in memory cannot be restored; open the backup itself.",
    )
  }
  const backup = openSqlite(path, { readonly: true, mustExist: true })
  try {
    const found = backup.pragma("integrity_check", { simple: true })
    if (found !== "ok") throw notRestored(path, "ERR_PERSIST_CORRUPT", String(found))
    // An empty file passes for a database without tables.
    if (backup.pragma("page_count", { simple: true }) === 0) {
      throw notRestored(path, "ERR_PERSIST_CORRUPT", "the file is empty")
    }
    // One in which there has never been anything still takes over the encoding.
    const isNew = live.pragma("schema_version", { simple: true }) === 0
    for (const [pragma, what] of layout) {
      const [here, there] = [live, backup].map((one) => one.pragma(pragma, { simple: true }))
      if (here === there || (isNew && pragma === "encoding")) continue
      const reason = `its ${what} is ${there}, that of the database ${here}; close the database, and put the backup in its place`
      throw notRestored(path, "ERR_PERSIST_UNSUPPORTED", reason)
    }
    await copyWhole(backup, path, filename, settings)
  } catch (cause) {
    if (PersistError.is(cause)) throw cause
    const code = isSqliteError(cause) ? sqliteFault(cause).code : "ERR_PERSIST_IO"
    throw notRestored(path, code, reasonOf(cause), cause)
  } finally {
    backup.close()
  }
}

async function copyWhole(
  backup: SqliteDatabase,
  path: string,
  filename: string,
  { busyTimeout, signal }: RestoreSettings,
): Promise<void> {
  const deadline = performance.now() + busyTimeout
  // SQLite takes back what an error leaves half done.
  const progress = () => {
    if (signal?.aborted) throw abortedError(signal, `Restoring ${path}`)
    return 10_000
  }
  for (;;) {
    throwIfAborted(signal, `Restoring ${path}`)
    const end = await backup.backup(filename, { progress })
    if ((end as SqliteBackupProgress).totalPages > 0) return
    // Somebody else holds the lock: the driver takes a copy that could not begin for one that has nothing to do.
    if (performance.now() >= deadline) {
      throw notRestored(path, "ERR_PERSIST_BUSY", "another process is writing")
    }
    await delay(Math.random() * pause)
  }
}

function notRestored(
  path: string,
  code: PersistError["code"],
  reason: string,
  cause?: unknown,
): PersistError {
  const message = `The backup ${path} was not restored, nothing has changed: ${reason}`
  return new PersistError(code, message, { path, ...(cause !== undefined && { cause }) })
}
