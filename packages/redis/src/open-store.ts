import { PersistError } from "@persist/core"
import type { Address } from "./connection/address.ts"
import { Caller } from "./connection/caller.ts"
import { Cluster } from "./connection/cluster.ts"
import { loadFor } from "./connection/connect.ts"
import type { Connections } from "./connection/connections.ts"
import { Refusal } from "./connection/endpoint.ts"
import { type LinkSettings, openLink } from "./connection/open-link.ts"
import { Sentinels } from "./connection/sentinels.ts"
import type { ServerIdentity } from "./connection/server-identity.ts"
import { Standalone } from "./connection/standalone.ts"
import type { Topology } from "./connection/topology.ts"
import { Replication } from "./durability/replication.ts"
import type { RedisSettings } from "./options.ts"
import type { Scripts } from "./scripts/scripts.ts"
import { Store } from "./store.ts"

/** The ways to the servers of a storage. */
export function connectionsFor(settings: RedisSettings, scripts: Scripts): Connections {
  const { timeout, replicas } = settings
  const links: LinkSettings = {
    timeout,
    connect: settings.location.connect,
    silence: timeout / 2,
    connectTimeout: Math.min(timeout / 2, 2_000),
    admit: (identity) => admit(identity, settings),
    scripts: Object.values(scripts),
  }
  const replication = replicas > 0 ? new Replication(links, { replicas, timeout }) : undefined
  const openEar = (place: Address) => openLink(place, { ...links, scripts: [] }, [])
  return { topology: topologyFor(settings, links), replication, openEar }
}

function topologyFor({ location, prefix }: RedisSettings, links: LinkSettings): Topology {
  if (location.kind === "cluster") return new Cluster(location, prefix, links)
  if (location.kind === "sentinel") return new Sentinels(location, links)
  return new Standalone(location.nodes[0]!, links)
}

/** Connects, and learns how the prefix is laid out. */
export async function openStore(
  settings: RedisSettings,
  { topology, replication }: Connections,
  scripts: Scripts,
  clock: () => number,
): Promise<Store> {
  const { prefix, timeout } = settings
  const shards = settings.shards ?? (topology.isSharded ? 64 : 1)
  const changes = settings.changes ?? (topology.isSharded ? 1_000 : 10_000)
  const layout = { prefix, wanted: settings.shards, manifest: { shards, changes } }
  const store = new Store(layout, {
    ...{ scripts, clock, isReplicated: replication !== undefined },
    callerFor: (known) => new Caller(topology, { timeout, layout: known }, replication),
  })
  await loadFor(settings.location.connect)
  await store.layout.ask()
  return store
}

const oldest = [6, 2]

function admit(
  { evictionPolicy, mode, role, version }: ServerIdentity,
  settings: RedisSettings,
): void {
  if (mode === "sentinel") {
    throw new Refusal(
      new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        'The server at the url is a Sentinel; give the option "sentinel" instead.',
      ),
    )
  }
  if ((mode === "cluster") !== (settings.location.kind === "cluster")) {
    const [is, advice] =
      mode === "cluster"
        ? [
            "a node of a cluster",
            'give addresses of its nodes as "cluster", or a client that createCluster has made',
          ]
        : [
            "no node of a cluster",
            'give its address as "url", or a client that createClient has made',
          ]
    throw new Refusal(
      new PersistError("ERR_PERSIST_INVALID_OPTION", `The server is ${is}; ${advice}.`),
    )
  }
  const [major = 0, minor = 0] = version
  // 0: it does not say.
  if (major !== 0 && (major < oldest[0]! || (major === oldest[0] && minor < oldest[1]!))) {
    throw new Refusal(
      new PersistError(
        "ERR_PERSIST_UNSUPPORTED",
        `The server is Redis ${version.join(".")}; it has to be ${oldest.join(".")} or newer, or Valkey.`,
      ),
    )
  }
  if (role === "slave") throw new Error("READONLY The server is a replica.")
  const allowed = settings.evictionPolicy
  if (evictionPolicy === "noeviction" || (allowed !== undefined && allowed === evictionPolicy)) {
    return
  }
  const policy = evictionPolicy ?? "unknown: the server does not tell it"
  throw new Refusal(
    new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      `The server's maxmemory-policy is ${policy}, so it may throw stored values away; set it to noeviction, or accept the loss with the option evictionPolicy: ${JSON.stringify(evictionPolicy ?? "…")}.`,
      { details: { evictionPolicy } },
    ),
  )
}
