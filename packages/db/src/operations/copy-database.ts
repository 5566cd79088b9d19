import { fsync } from "node:fs"
import { open, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { promisify } from "node:util"
import { makeFolderSync, PersistError, syncFolder } from "@persist/core"
import { abortedError, isError } from "@persist/core/options"
import type { SqliteConnection } from "../engines/sqlite/sqlite-connection.ts"
import type { BackupOptions } from "./operations.ts"
import { assertClosed, settleLogs } from "./settle-logs.ts"
import { removeStaleCopies, unfinishedCopy } from "./stale-copies.ts"

const pagesPerStep = 200
const sync = promisify(fsync)

/**
 * Copies a database to `path` as one step, without stopping anybody: the connection's snapshot is
 * held, so writers go on and the copy never starts over.
 */
export async function copyDatabase(
  connection: SqliteConnection,
  path: string,
  { signal, onProgress }: BackupOptions,
): Promise<void> {
  const folder = dirname(path)
  const temporary = unfinishedCopy(folder)
  if (await isSameFile(path, connection.database.name)) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `The backup to ${path} would replace the database itself; give another path.`,
      { path },
    )
  }
  try {
    makeFolderSync(folder)
    // Before the copy, which may take long, and again after it.
    assertClosed(path)
    await removeStaleCopies(folder)
    connection.runNow("begin", [])
    connection.runNow("select count(*) from sqlite_master", [])
    await connection.database.backup(temporary, {
      progress({ totalPages, remainingPages }) {
        if (signal?.aborted) throw abortedError(signal, `The backup to ${path}`)
        onProgress?.({ total: totalPages, remaining: remainingPages })
        return pagesPerStep
      },
    })
    await flush(temporary)
    await settleLogs(path)
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    // With its journal, where SQLite could not remove that.
    for (const left of [temporary, `${temporary}-journal`]) await rm(left, { force: true })
    const failure = connection.failure(error, "backup")
    if (PersistError.is(failure)) throw failure
    const message = isError(error) ? error.message : String(error)
    throw new PersistError("ERR_PERSIST_IO", `The backup to ${path} failed: ${message}`, {
      cause: error,
      path,
    })
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map((path) => stat(path).catch(() => undefined)),
  )
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino
}

async function flush(path: string): Promise<void> {
  // To write, too: Windows syncs no others.
  const handle = await open(path, "r+")
  try {
    // By its number: `sync` of a handle of Yarn's Plug'n'Play only throws. Node's permission model takes only handles.
    await sync(handle.fd).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_ACCESS_DENIED") throw error
      return handle.sync()
    })
  } finally {
    await handle.close()
  }
}
