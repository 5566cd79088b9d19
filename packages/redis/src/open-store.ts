import { PersistError } from "@persist/core"
import { Caller } from "./connection/caller.ts"
import { Cluster } from "./connection/cluster.ts"
import type { Connections } from "./connection/connections.ts"
import { Refusal } from "./connection/endpoint.ts"
import type { LinkSettings } from "./connection/open-link.ts"
import { Sentinels } from "./connection/sentinels.ts"
import type { ServerIdentity } from "./connection/server-identity.ts"
import { Standalone } from "./connection/standalone.ts"
import type { Topology } from "./connection/topology.ts"
import { Replication } from "./durability/replication.ts"
import { Keyspace, manifestKey } from "./layout/keyspace.ts"
import { layoutVersion, type Manifest, readManifest } from "./layout/manifest.ts"
import type { RedisSettings } from "./options.ts"
import type { Scripts } from "./scripts/scripts.ts"
import { Store } from "./store.ts"

/** The ways to the servers of a storage. */
export function connectionsFor(settings: RedisSettings, scripts: Scripts): Connections {
  const { timeout, replicas } = settings
  const links: LinkSettings = {
    timeout,
    connect: settings.connect,
    silence: timeout / 2,
    connectTimeout: Math.min(timeout / 2, 2_000),
    admit: (identity) => admit(identity, settings),
    scripts: Object.values(scripts),
  }
  const replication = replicas > 0 ? new Replication(links, { replicas, timeout }) : undefined
  return { topology: topologyFor(settings, links), replication }
}

function topologyFor(
  { address, sentinel, cluster, prefix }: RedisSettings,
  links: LinkSettings,
): Topology {
  if (cluster !== undefined) return new Cluster(cluster, prefix, links)
  if (sentinel !== undefined) return new Sentinels(sentinel, links)
  return new Standalone(address, links)
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
  const storeFor = (manifest: Manifest) => {
    const caller = new Caller(topology, { timeout, changes: manifest.changes }, replication)
    return new Store(prefix, manifest, {
      ...{ caller, scripts, clock },
      isReplicated: replication !== undefined,
    })
  }
  const first = storeFor({ shards: 1, changes })
  const shard = new Keyspace(prefix, 1).shards[0]!
  const answer = await first.run(
    shard,
    scripts.manifest,
    [manifestKey(prefix)],
    [layoutVersion, String(shards), String(changes)],
    { operation: "opening", key: "", signal: undefined },
  )
  const manifest = readManifest(prefix, answer as unknown[])
  if (settings.shards !== undefined && settings.shards !== manifest.shards) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `shards is ${settings.shards}, but the prefix "${prefix}" is spread over ${manifest.shards} already; leave the option away, or copy the storage to another prefix.`,
    )
  }
  return storeFor(manifest)
}

function admit({ evictionPolicy, mode, role }: ServerIdentity, settings: RedisSettings): void {
  if (mode === "sentinel") {
    throw new Refusal(
      new PersistError(
        "ERR_PERSIST_INVALID_OPTION",
        'The server at the url is a Sentinel; give the option "sentinel" instead.',
      ),
    )
  }
  if ((mode === "cluster") !== (settings.cluster !== undefined)) {
    const [is, advice] =
      mode === "cluster"
        ? ["a node of a cluster", 'give its addresses as "cluster" instead of "url"']
        : ["no node of a cluster", 'give its address as "url" instead of "cluster"']
    throw new Refusal(
      new PersistError("ERR_PERSIST_INVALID_OPTION", `The server is ${is}; ${advice}.`),
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
