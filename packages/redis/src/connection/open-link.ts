import type { Script } from "../scripts/script.ts"
import { type Address, shownAddress } from "./address.ts"
import type { RedisConnection } from "./client.ts"
import { Link, type LinkLimits } from "./link.ts"
import { askIdentity, cutOff, type ServerIdentity } from "./server-identity.ts"

/** How connections are made. */
export interface LinkSettings extends LinkLimits {
  /** Milliseconds for reaching the server and its greeting. */
  readonly connectTimeout: number
  /** @throws `Refusal` when that server must not be used. */
  admit(identity: ServerIdentity): void
  /** Told to every server once, so that it knows them. */
  readonly scripts: readonly Script[]
}

/** Connects to the server at `address`, learns who it is and cuts off the connections before this one. */
export async function openLink(
  address: Address,
  settings: LinkSettings,
  lost: readonly Link[],
): Promise<Link> {
  return openBareLink(address, settings, async (link) => {
    link.identity = await askIdentity(link)
    settings.admit(link.identity)
    await Promise.all([
      cutOff(lost, link),
      ...settings.scripts.map(({ text }) => link.send(["SCRIPT", "LOAD", text])),
    ])
  })
}

/** Connects to whatever listens at `address`, and does `greet` within the time for connecting. */
export async function openBareLink(
  address: Address,
  settings: LinkLimits & { readonly connectTimeout: number },
  greet: (link: Link) => Promise<void> = async () => {},
): Promise<Link> {
  const { connectTimeout } = settings
  const connection = await makeConnection(address, connectTimeout)
  const link = new Link(connection, shownAddress(address), settings)
  // The client itself may wait for ever for the greeting of a stopped server.
  const timer = setTimeout(() => {
    link.fail(new Error(`${link.address} has not answered for ${connectTimeout} ms.`))
  }, connectTimeout)
  const ended = new Promise<never>((_, reject) => {
    link.onEnd = () => reject(link.end!.cause)
  })
  try {
    await Promise.race([connection.connect(), ended])
    await Promise.race([greet(link), ended])
    return link
  } catch (error) {
    link.fail(error)
    throw link.end?.cause ?? error
  } finally {
    clearTimeout(timer)
    link.onEnd = undefined
  }
}

/** What every client is made of. */
interface ClientTemplate {
  duplicate(overrides: object): unknown
}

let template: Promise<ClientTemplate> | undefined

/** A client that is never connected: making one of the package takes 30 ms, a duplicate of it next to nothing. */
async function makeTemplate(): Promise<ClientTemplate> {
  // At first use: who hands in a client of their own never loads this one.
  const { createClient } = await import("redis")
  return createClient({
    // One connection, one life: what was sent on it is either answered or lost, never sent again unseen.
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    // The client's own reaches only what is not written yet, and takes half of the throughput.
    commandOptions: { timeout: 0 },
  })
}

async function makeConnection(
  { host, port, path, tls, username, password, database }: Address,
  connectTimeout: number,
): Promise<RedisConnection> {
  template ??= makeTemplate()
  const place = path === undefined ? { host, port } : { path }
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
  const socket = { ...place, ...(tls && { tls }), connectTimeout, reconnectStrategy: false }
  return (await template).duplicate({ ...login, database, socket }) as RedisConnection
}
