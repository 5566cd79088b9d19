import { PersistError, type Storage, type StorageOptions } from "@persist/core"
import { DatabaseStorage } from "@persist/db"
import { FileStorage } from "@persist/file"
import { RedisStorage, type RedisStorageOptions } from "@persist/redis"

/** Options of `openStorage`. */
export interface OpenStorageOptions extends StorageOptions {
  /** Table of a database that holds the values: `persist_<table>`; on Redis the prefix. @default "values" */
  readonly table?: string
}

/**
 * Opens the storage that a URL names, so that an environment variable can choose it:
 * `file:./data`, `sqlite:./app.db`, `postgres://…`, `mysql://…`, `redis://…` (also
 * `redis+sentinel://host:port,host:port/name` and `redis+cluster://host:port,host:port`), or `memory:`,
 * which is gone with the process. Closing the storage closes everything that was opened for it.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`
 */
export function openStorage(url: string | URL, options: OpenStorageOptions = {}): Storage {
  const { table = "values", ...rest } = options
  const address = String(url)
  const [scheme = ""] = /^[a-z+]+(?=:)/.exec(address) ?? []
  switch (scheme) {
    case "file":
      return new FileStorage({ ...rest, directory: directoryOf(address) })
    case "memory":
      return openTable("sqlite::memory:", table, rest)
    case "sqlite":
    case "postgres":
    case "postgresql":
    case "mysql":
    case "mariadb":
      return openTable(address, table, rest)
    case "redis":
    case "rediss":
      return new RedisStorage({ ...rest, url: address, prefix: table })
    case "redis+cluster":
    case "rediss+cluster":
      return new RedisStorage({ ...rest, cluster: nodesOf(address).nodes, prefix: table })
    case "redis+sentinel":
    case "rediss+sentinel":
      return openBySentinels(address, { ...rest, prefix: table })
    default:
      throw new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        `No storage has URLs that begin with "${scheme}:"; give file:, sqlite:, postgres:, mysql:, redis: or memory:.`,
      )
  }
}

function openTable(address: string, table: string, options: StorageOptions): Storage {
  const database = new DatabaseStorage(address)
  const storage = database.storage(table, options)
  // Nobody else has this database: it closes with its only storage, which it closes first.
  const close = storage.close
  storage.close = () => {
    storage.close = close
    return database.close()
  }
  return storage
}

/** Sentinels take no credentials of their own here: those in the URL are the server's. */
function openBySentinels(address: string, options: RedisStorageOptions): Storage {
  const { protocol, login, hosts, path } = nodesOf(address)
  const nodes = hosts.map((host) => `${protocol}://${host}`)
  const sentinel = { name: decodeURIComponent(path), nodes, url: `${protocol}://${login}` }
  return new RedisStorage({ ...options, sentinel })
}

/** The parts of `redis+cluster://user:password@host:port,host:port/path`, and the address of each node. */
function nodesOf(address: string) {
  const [, protocol = "", login = "", list = "", path = ""] =
    /^(rediss?)\+[a-z]+:\/\/([^/]*@)?([^/@]*)\/?(.*)$/.exec(address) ?? []
  const hosts = list.split(",").filter((host) => host !== "")
  const nodes = hosts.map((host) => `${protocol}://${login}${host}`)
  return { protocol, login, hosts, path, nodes }
}

/** `file:./data` and `file:data` are relative to the working directory; `file:///data` is a URL as usual. */
function directoryOf(address: string): string | URL {
  if (/^file:\/\//.test(address)) return new URL(address)
  const path = address.slice("file:".length)
  if (path !== "") return path
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    "file: names no directory; give file:./data.",
  )
}
