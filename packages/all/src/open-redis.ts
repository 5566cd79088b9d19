import { PersistError, type StorageOptions } from "@persist/core"
import { RedisStorage } from "@persist/redis"

/** Opens a Redis server (`redis:`, `rediss:`, `valkey:`, `valkeys:`, `unix:`), a cluster (`redis+cluster:`) or a Sentinel set (`redis+sentinel:`). */
export function openRedis(
  scheme: string,
  path: string,
  prefix: string,
  options: StorageOptions,
): RedisStorage {
  const [protocol = "", kind] = scheme.split("+")
  if (kind === undefined) return new RedisStorage({ ...options, prefix, url: `${scheme}:${path}` })
  const { login, hosts, rest } = nodesOf(path)
  if (kind === "cluster") {
    const cluster = hosts.map((host) => `${protocol}://${login}${host}`)
    return new RedisStorage({ ...options, prefix, cluster })
  }
  // Sentinels take no credentials of their own here: those in the URL are the server's.
  const nodes = hosts.map((host) => `${protocol}://${host}`)
  const sentinel = { name: nameIn(rest), nodes, url: `${protocol}://${login}` }
  return new RedisStorage({ ...options, prefix, sentinel })
}

function nameIn(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      'redis+sentinel: has a name with a "%" that encodes nothing. Give redis+sentinel://host:port,host:port/name.',
      { cause },
    )
  }
}

/** The parts of `//user:password@host:port,host:port/rest`. */
function nodesOf(path: string) {
  const [, login = "", list = "", rest = ""] = /^\/\/([^/]*@)?([^/@]*)\/?(.*)$/s.exec(path) ?? []
  return { login, hosts: list.split(",").filter((host) => host !== ""), rest }
}
