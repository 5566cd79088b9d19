import { PersistError, type Storage, type StorageOptions, storageOptionNames } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import { DatabaseStorage } from "@persist/db"
import { openFiles } from "./open-files.ts"
import { openRedis } from "./open-redis.ts"
import { isEmpty } from "./url-path.ts"

/** Options of `openStorage`. */
export interface OpenStorageOptions extends StorageOptions {
  /**
   * Keeps values apart from those of others under the same URL: the table `persist_<table>` of a
   * database, the prefix on Redis, a folder of this name in the directory of files. Without it files
   * lie in the directory itself.
   *
   * @default "values"
   */
  readonly table?: string | undefined
}

const checkOptions = optionsCheck<OpenStorageOptions>("openStorage", {
  ...storageOptionNames,
  table: true,
})

/**
 * Opens the storage that a URL names, so that an environment variable can choose it:
 * `file:./data`, `sqlite:./app.db`, `pglite:./folder`, `postgres://…`, `mysql://…`, `redis://…` (also
 * `redis+sentinel://host:port,host:port/name` and `redis+cluster://host:port,host:port`), or `memory:`,
 * which is gone with the process. Closing the storage closes everything that was opened for it.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION` for what names no storage (it is not repeated, since it may hold
 * a password), and for wrong options.
 */
export function openStorage(url: string | URL, options: OpenStorageOptions = {}): Storage {
  checkOptions(options)
  const { table, ...rest } = options
  // The same for all, so that no program breaks when its URL becomes another one.
  if (table !== undefined && !(typeof table === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(table))) {
    throw invalidOption("table", table, '1 to 40 letters, digits, "_" or "-"')
  }
  const name = table ?? "values"
  const { scheme, path } = partsOf(url)
  switch (scheme) {
    case "file":
      return openFiles(path, table, rest)
    case "memory":
      if (!isEmpty(path)) throw refused("memory: takes no name")
      return openTable("sqlite::memory:", name, rest)
    case "sqlite":
    case "pglite":
      if (isEmpty(path)) throw refused(`${scheme}: names no place; what is to be gone is memory:`)
      return openTable(`${scheme}:${path}`, name, rest)
    case "postgres":
    case "postgresql":
    case "mysql":
    case "mariadb":
      return openTable(`${scheme}:${path}`, name, rest)
    case "unix":
      if (isEmpty(path)) throw refused("unix: names no socket")
      return openRedis(scheme, path, name, rest)
    case "redis":
    case "rediss":
    case "valkey":
    case "valkeys":
    case "redis+cluster":
    case "rediss+cluster":
    case "redis+sentinel":
    case "rediss+sentinel":
      return openRedis(scheme, path, name, rest)
    default:
      throw refused(`no storage has URLs that begin with "${scheme}:"`)
  }
}

/** The scheme, which may be written in capitals, and what stands behind its colon. */
function partsOf(url: unknown): { readonly scheme: string; readonly path: string } {
  if (url === undefined || url === "") {
    throw refused("there is none (is the environment variable set that it comes from?)")
  }
  if (typeof url !== "string" && !(url instanceof URL)) throw refused("it is no string")
  const [, scheme, path = ""] = /^([a-z][a-z\d+.-]*):(.*)$/is.exec(String(url)) ?? []
  if (scheme === undefined) throw refused("it has no scheme")
  if (scheme.length > 1) return { scheme: scheme.toLowerCase(), path }
  throw refused(`it is a path of drive ${scheme}:`)
}

function refused(why: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `openStorage cannot tell a storage from its URL: ${why}. Give file:./data, sqlite:./app.db, pglite:./folder, postgres://…, mysql://…, redis://… or memory:.`,
  )
}

function openTable(address: string, table: string, options: StorageOptions): Storage {
  const database = new DatabaseStorage(address)
  const storage = database.storage(table, options)
  // Nobody else has this database: it closes with its only storage, once what that still does is done.
  const close = storage.close
  storage.close = async () => {
    await close.call(storage)
    // The database closes its storages, too.
    storage.close = close
    await database.close()
  }
  return storage
}
