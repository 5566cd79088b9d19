import type { Link } from "./link.ts"

/** What a server tells about itself when a connection to it is made. */
export interface ServerIdentity {
  /** Another one after every start of the server. */
  readonly runId: string
  /** Another one whenever it begins a history of its own: after a failover. */
  readonly replicationId: string
  readonly mode: "standalone" | "cluster" | "sentinel"
  readonly role: "master" | "slave"
  /** Redis or Valkey version as numbers. */
  readonly version: readonly number[]
  /** `maxmemory-policy`; `undefined` when the server does not say. */
  readonly evictionPolicy: string | undefined
  /** By how many milliseconds its clock was ahead of our `performance.now()`; `undefined` when it does not say. */
  readonly clockAhead: number | undefined
  /** How the server calls this connection; `undefined` when it does not say. */
  readonly client: { readonly id: string; readonly address: string } | undefined
}

/** Asks the server at the other end of `link` who it is. */
export async function askIdentity(link: Link): Promise<ServerIdentity> {
  const [info, client] = await Promise.all([
    link.send(["INFO"]).then(String),
    // Before 6.2 there is none, and an access list may forbid it.
    link.send(["CLIENT", "INFO"]).then(String, () => ""),
  ])
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1]
  const microseconds = field("server_time_usec")
  const [, id, address] = /^id=(\d+) addr=(.+?) (?:laddr|fd)=/.exec(client) ?? []
  return Object.freeze({
    runId: field("run_id") ?? "",
    replicationId: field("master_replid") ?? "",
    mode: (field("redis_mode") ?? field("server_mode") ?? "standalone") as ServerIdentity["mode"],
    role: (field("role") ?? "master") as ServerIdentity["role"],
    version: (field("redis_version") ?? "0").split(".").map(Number),
    evictionPolicy: field("maxmemory_policy") ?? (await configuredPolicy(link)),
    clockAhead:
      microseconds === undefined ? undefined : Number(microseconds) / 1_000 - performance.now(),
    client: id === undefined ? undefined : { id, address: address! },
  })
}

async function configuredPolicy(link: Link): Promise<string | undefined> {
  const answer = await link.send(["CONFIG", "GET", "maxmemory-policy"]).catch(() => undefined)
  // A map in RESP 3.
  const policy = Array.isArray(answer)
    ? answer[1]
    : (answer as Record<string, unknown> | undefined)?.["maxmemory-policy"]
  return policy === undefined ? undefined : String(policy)
}

/**
 * Makes sure that the server does nothing more of what came over connections that are lost: a server that was
 * stopped still reads what lies in its buffers. Ids begin anew with every start, so the address has to fit too.
 */
export async function cutOff(lost: readonly Link[], link: Link): Promise<void> {
  await Promise.all(
    lost.map(async (one) => {
      const { identity } = one
      if (identity === undefined || identity.runId !== link.identity?.runId) {
        one.isOver = true
        return
      }
      if (identity.client === undefined) return
      const { id, address } = identity.client
      const kill = ["CLIENT", "KILL", "ID", id, "ADDR", address]
      one.isOver = await link.send(kill).then(
        () => true,
        () => false,
      )
    }),
  )
}
