import { isIP } from "node:net"
import type { Address } from "./address.ts"
import type { RedisConnection } from "./client.ts"

/** Makes the client of one connection, not yet connected. */
export type Connect = (address: Address, connectTimeout: number) => Promise<RedisConnection>

/** What is needed of a client of the caller's: connections are made as it makes its own. */
export interface ClientTemplate {
  duplicate(overrides: object): unknown
  readonly options?: { readonly socket?: object } | undefined
}

/** What every client of ours is set to, whoever made it. */
const settings = {
  // One connection, one life: what was sent on it is either answered or lost, never sent again unseen.
  disableOfflineQueue: true,
  maintNotifications: "disabled",
  // The client's own reaches only what is not written yet, and takes half of the throughput.
  commandOptions: { timeout: 0 },
  // One connection both asks and listens.
  RESP: 3,
  // Of a client of the caller's: they are not for what is asked here.
  ...{ commandsQueueMaxLength: undefined, clientSideCache: undefined, readonly: false },
} as const

let template: Promise<ClientTemplate> | undefined

/** A client that is never connected: to make one takes 30 ms, to duplicate it next to nothing. */
async function makeTemplate(): Promise<ClientTemplate> {
  // At first use: who hands in a client of their own never loads this one.
  const { createClient } = await import("redis")
  return createClient()
}

/**
 * Loads what `connect` needs. It may take seconds where many programs begin at once, and no server is asked meanwhile:
 * that time is none of theirs. What goes wrong is told to who connects.
 */
export async function loadFor(connect: Connect): Promise<void> {
  if (connect !== connectTo) return
  template ??= makeTemplate()
  await template.catch(() => {})
}

/** Connects to an address. */
export const connectTo: Connect = async (
  { host, port, path, tls, username, password, database, options },
  connectTimeout,
) => {
  template ??= makeTemplate()
  const place = path === undefined ? { host, port } : { path }
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
  const limits = { connectTimeout, reconnectStrategy: false }
  const isEncrypted = tls || options?.socket?.tls === true
  const encryption = isEncrypted && { ...asked(host), ...options?.socket, tls: true }
  const socket = { ...options?.socket, ...encryption, ...place, ...limits }
  const overrides = { ...options, ...login, database, ...settings, socket }
  return (await template).duplicate(overrides) as RedisConnection
}

/** Names the host in the greeting, as Node does not by itself: by it proxies choose a server, and servers a certificate (RFC 6066). */
function asked(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host.replace(/\.$/, "") } : {}
}

/** Connects as `client` does: with its address, its credentials, its encryption. */
export function connectLike(client: ClientTemplate): Connect {
  return async (_address, connectTimeout) => {
    const socket = { ...client.options?.socket, connectTimeout, reconnectStrategy: false }
    return client.duplicate({ ...settings, socket }) as RedisConnection
  }
}
