import type { Address } from "./address.ts"
import type { RedisConnection } from "./client.ts"
import { Link, type LinkLimits } from "./link.ts"
import { askIdentity, cutOff, type ServerIdentity } from "./server-identity.ts"

/** How connections are made. */
export interface LinkSettings extends LinkLimits {
  /** Milliseconds for reaching the server and its greeting. */
  readonly connectTimeout: number
  /** @throws `Refusal` when that server must not be used. */
  admit(identity: ServerIdentity): void
  /** Sent once to every server, so that it knows the scripts. */
  readonly scripts: readonly string[]
}

/** Connects to the server at `address`, learns who it is and cuts off the connections before this one. */
export async function openLink(
  address: Address,
  settings: LinkSettings,
  lost: readonly Link[],
): Promise<Link> {
  const connection = await makeConnection(address, settings)
  const link = new Link(connection, settings)
  const timer = setTimeout(() => {
    link.fail(new Error(`The server has not answered for ${settings.connectTimeout} ms.`))
  }, settings.connectTimeout)
  try {
    await Promise.race([connection.connect(), ended(link)])
    link.identity = await askIdentity(link)
    settings.admit(link.identity)
    await Promise.all([
      cutOff(lost, link),
      ...settings.scripts.map((text) => link.send(["SCRIPT", "LOAD", text])),
    ])
    return link
  } catch (error) {
    link.fail(error)
    throw error
  } finally {
    clearTimeout(timer)
    link.onEnd = undefined
  }
}

/** Rejects when the link ends: the client itself may wait for ever for the greeting of a stopped server. */
function ended(link: Link): Promise<never> {
  return new Promise((_, reject) => {
    link.onEnd = () => reject(link.end!.cause)
  })
}

async function makeConnection(
  { host, port, path, tls, username, password, database }: Address,
  { connectTimeout }: LinkSettings,
): Promise<RedisConnection> {
  // At first use: who hands in a client of their own never loads this one.
  const { createClient } = await import("redis")
  const place = path === undefined ? { host, port } : { path }
  const client = createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    // One connection, one life: what was sent on it is either answered or lost, and never sent again behind our back.
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    // Ours reach further, and cost nothing.
    commandOptions: { timeout: 0 },
    socket: {
      ...place,
      ...(tls && { tls: true as const }),
      connectTimeout,
      reconnectStrategy: false,
    },
  })
  return client as unknown as RedisConnection
}
