import { createRequire } from "node:module"
import { dirname } from "node:path"
import { type Durability, makeFolderSync, PersistError } from "@persist/core"
import type { SqliteDatabase } from "./sqlite-database.ts"
import { sqliteDriverError } from "./sqlite-driver-error.ts"
import { isSqliteError, mayNotGenerateCode, sqliteFault } from "./sqlite-fault.ts"

/** Pragmas of every connection, in order; see the README for why each. */
export function sqlitePragmas(durability: Durability): readonly string[] {
  const synchronous = { full: "full", file: "normal", none: "off" }[durability]
  return [
    `synchronous = ${synchronous}`,
    "foreign_keys = on",
    "cache_size = -16000",
    "temp_store = memory",
    // A checkpoint waits for the disk twice: one for every 16 MiB instead of every 4.
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    "mmap_size = 0",
  ]
}

type Open = new (filename: string, options: object) => SqliteDatabase

let loaded: Open | undefined

/** As core's `lazyDependency` does it, but never bundled: native code stays outside. */
function loadDriver(): Open {
  // In a bundle of CommonJS import.meta is empty, and there is a __filename.
  const load = createRequire(import.meta.url ?? __filename)
  try {
    return openerOf(load("better-sqlite3"))
  } catch (error) {
    throw sqliteDriverError(error) ?? error
  }
}

/** Bundlers that leave the module outside give its namespace. */
function openerOf(module: Open | { readonly default: Open }): Open {
  return "default" in module ? module.default : module
}

/** Opens a file (its folder is made) or `:memory:`. */
export function openSqlite(
  filename: string,
  options: { readonly readonly?: boolean; readonly mustExist?: boolean },
): SqliteDatabase {
  // Loaded at first use: who uses a server never loads it.
  loaded ??= loadDriver()
  try {
    const isFile = filename !== ":memory:" && filename !== "" && !filename.startsWith("file:")
    if (isFile && !options.readonly) makeFolderSync(dirname(filename))
    // Waiting is ours: SQLite's own wait would block the event loop.
    return new loaded(filename, {
      timeout: 0,
      readonly: options.readonly ?? false,
      fileMustExist: options.mustExist ?? false,
    })
  } catch (cause) {
    const missing = sqliteDriverError(cause)
    if (missing) throw missing
    throw new PersistError(
      "ERR_PERSIST_IO",
      `Cannot open the database ${filename}: ${(cause as Error).message}`,
      { cause, path: filename },
    )
  }
}

/**
 * Has changes written ahead of the file, so that others can read meanwhile; a file that may only be
 * read stays as it is.
 *
 * @returns The mode of its journal.
 */
export function writeAhead(database: SqliteDatabase): unknown {
  try {
    return database.pragma("journal_mode = wal", { simple: true })
  } catch (error) {
    if (!isSqliteError(error) || !error.code.startsWith("SQLITE_READONLY")) throw error
    return database.pragma("journal_mode", { simple: true })
  }
}

/** What a caller sees of an error met while a file was opened and prepared. */
export function openFailure(error: unknown, filename: string): unknown {
  if (!isSqliteError(error) && !(error instanceof EvalError)) return error
  const { code, what } = isSqliteError(error) ? sqliteFault(error) : mayNotGenerateCode
  const message = `Cannot open the database ${filename}: ${what}.`
  return new PersistError(code, message, { cause: error, path: filename })
}
