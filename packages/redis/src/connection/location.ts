import { PersistError } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import { type Address, parseAddress } from "./address.ts"
import { clientLocation } from "./client-location.ts"
import { type ClientTemplate, type Connect, connectTo } from "./connect.ts"
import type { SentinelAddresses } from "./sentinels.ts"

/** Where the server is, as options say it: at most one of them. */
export interface LocationOptions {
  readonly url?: string | undefined
  readonly client?: ClientTemplate | undefined
  readonly sentinel?: SentinelAddresses | undefined
  readonly cluster?: readonly string[] | undefined
}

/** Where the server is, and how to connect to it. */
export interface Location {
  readonly kind: "server" | "sentinel" | "cluster"
  /** The server itself; or sentinels; or some nodes of the cluster. */
  readonly nodes: readonly Address[]
  /** What the sentinels call the server. */
  readonly name: string
  /** Where to reach a server that a sentinel or a node names. */
  locate(host: string, port: number): Address
  readonly connect: Connect
}

const checkSentinelNames = optionsCheck<SentinelAddresses>("sentinel", {
  name: true,
  nodes: true,
  url: true,
})

/**
 * @param owner Whose options they are, for messages.
 * @throws `ERR_PERSIST_INVALID_OPTION`
 */
export function readLocation(owner: string, options: LocationOptions): Location {
  const { url, client, sentinel, cluster } = options
  if ([url, client, sentinel, cluster].filter((one) => one !== undefined).length > 1) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `${owner}: url, client, sentinel and cluster say where the server is; give one of them.`,
    )
  }
  if (client !== undefined) return clientLocation(client)
  const common = { name: "", connect: connectTo }
  if (sentinel !== undefined) {
    const login = loginOf(sentinel)
    const locate = (host: string, port: number) => ({ ...login, host, port })
    const nodes = parseNodes("sentinel.nodes", sentinel.nodes)
    return Object.freeze({ ...common, kind: "sentinel", name: sentinel.name, nodes, locate })
  }
  if (cluster !== undefined) {
    const nodes = parseNodes("cluster", cluster)
    const locate = (host: string, port: number) => ({ ...nodes[0]!, path: undefined, host, port })
    return Object.freeze({ ...common, kind: "cluster", nodes, locate })
  }
  const address = parseAddress(url ?? "redis://127.0.0.1:6379")
  return Object.freeze({ ...common, kind: "server", nodes: [address], locate: () => address })
}

/** Who to log in as at the server that sentinels name. */
function loginOf(sentinel: SentinelAddresses): Address {
  checkSentinelNames(sentinel)
  const { name, url = "redis://" } = sentinel
  if (typeof name !== "string" || name === "") throw invalidOption("sentinel.name", name, "a name")
  if (!/^(?:redis|valkey)s?:\/\/(?:[^/@]*@)?$/.test(url)) {
    throw invalidOption("sentinel.url", "[not shown]", '"redis://", "rediss://user:password@"')
  }
  return parseAddress(`${url}localhost`, "sentinel.url")
}

function parseNodes(option: string, nodes: readonly string[]): readonly Address[] {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw invalidOption(option, "[not shown]", 'addresses such as ["redis://host:port"]')
  }
  return nodes.map((node) => parseAddress(node, option))
}
