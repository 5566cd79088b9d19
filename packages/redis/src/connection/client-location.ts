import { invalidOption } from "@persist/core/options"
import { type Address, type ClientOptions, parseAddress } from "./address.ts"
import { type ClientTemplate, connectLike, connectTo } from "./connect.ts"
import type { Location } from "./location.ts"

/** Options of `createCluster` and `createSentinel` of `redis`, as far as they are looked at here. */
interface TopologyOptions {
  readonly rootNodes?: readonly RootNode[]
  readonly defaults?: ClientOptions
  readonly name?: string
  readonly sentinelRootNodes?: readonly HostAndPort[]
  readonly nodeClientOptions?: ClientOptions
  readonly sentinelClientOptions?: ClientOptions
  readonly nodeAddressMap?: NodeAddressMap
}

interface RootNode extends ClientOptions {
  readonly url?: string
}

interface HostAndPort {
  readonly host: string
  readonly port: number
}

type NodeAddressMap =
  | Readonly<Record<string, HostAndPort>>
  | ((address: string) => HostAndPort | undefined)

/**
 * Where a client of the caller's connects to, and how.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`
 */
export function clientLocation(client: ClientTemplate): Location {
  // Those of redis 4 cannot be ended at once, those of other packages are called otherwise.
  const isClient =
    typeof client === "object" &&
    typeof client?.duplicate === "function" &&
    "destroy" in client &&
    "sendCommand" in client
  if (isClient && "masters" in client) return clusterLocation(optionsOf(client))
  if (isClient && "getSentinelNode" in client) return sentinelLocation(optionsOf(client))
  if (!isClient)
    throw refused("createClient or createCluster of redis 5 or newer, or createSentinel of 6")
  const { host, port, path } = (client.options?.socket ?? {}) as Partial<Address>
  const address = { host: host ?? "localhost", port: port ?? 6379, path, tls: false, database: 0 }
  return locationOf({
    kind: "server",
    nodes: [address],
    connect: connectLike(client),
    locate: () => address,
  })
}

function clusterLocation({ rootNodes, defaults, nodeAddressMap }: TopologyOptions): Location {
  if (!Array.isArray(rootNodes) || rootNodes.length === 0) {
    throw refused('createCluster of redis 5 or 6; or give addresses of nodes as "cluster"')
  }
  return locationOf({
    kind: "cluster",
    nodes: rootNodes.map((node) => rootAddress(node, defaults)),
    locate: (host, port) => addressWith(mapped(host, port, nodeAddressMap), defaults),
  })
}

function sentinelLocation(options: TopologyOptions): Location {
  const { name, sentinelRootNodes, nodeAddressMap } = options
  if (name === undefined || !Array.isArray(sentinelRootNodes) || sentinelRootNodes.length === 0) {
    throw refused('createSentinel of redis 6; or give addresses of sentinels as "sentinel"')
  }
  const place = (host: string, port: number, client: ClientOptions | undefined) =>
    addressWith(mapped(host, port, nodeAddressMap), client)
  return locationOf({
    kind: "sentinel",
    name,
    nodes: sentinelRootNodes.map(({ host, port }) =>
      place(host, port, options.sentinelClientOptions),
    ),
    locate: (host, port) => place(host, port, options.nodeClientOptions),
  })
}

/**
 * The options that a client was made with. It keeps them to itself, but hands them to the constructor of its
 * duplicates: here one that only looks at them. None where a version does that otherwise.
 */
function optionsOf(client: ClientTemplate): TopologyOptions {
  let options: TopologyOptions | undefined
  const kind = Object.create(client, {
    constructor: {
      value: function look(given: TopologyOptions) {
        options = given
      },
    },
  })
  try {
    client.duplicate.call(Object.create(kind), {})
  } catch {
    // It is no such version.
  }
  return options ?? {}
}

/** A node to begin with: what it does not say itself, the defaults of all nodes do. */
function rootAddress({ url, ...own }: RootNode, defaults: ClientOptions | undefined): Address {
  const options = { ...defaults, ...own, socket: { ...defaults?.socket, ...own.socket } }
  if (url !== undefined) return { ...parseAddress(url, "client"), options }
  const { host = "localhost", port = 6379 } = options.socket as Partial<HostAndPort>
  return addressWith({ host, port }, options)
}

function addressWith({ host, port }: HostAndPort, options: ClientOptions | undefined): Address {
  return { host, port, tls: false, database: options?.database ?? 0, options }
}

function mapped(host: string, port: number, map: NodeAddressMap | undefined): HostAndPort {
  const address = `${host}:${port}`
  const found = typeof map === "function" ? map(address) : map?.[address]
  return found ?? { host, port }
}

function locationOf(parts: Pick<Location, "kind" | "nodes" | "locate"> & Partial<Location>) {
  return Object.freeze({ name: "", connect: connectTo, ...parts })
}

function refused(allowed: string): Error {
  return invalidOption(
    "client",
    "[not shown]",
    `a client of the package "redis", made by ${allowed}`,
  )
}
