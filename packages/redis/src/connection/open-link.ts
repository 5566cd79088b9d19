import { untrusted } from "../errors/connection-errors.ts"
import { answerError, isRefusal } from "../errors/server-errors.ts"
import type { Script } from "../scripts/script.ts"
import type { Address } from "./address.ts"
import { endConnecting } from "./client.ts"
import type { Connect } from "./connect.ts"
import { Refusal } from "./endpoint.ts"
import { Link, type LinkLimits } from "./link.ts"
import { askIdentity, cutOff, type ServerIdentity } from "./server-identity.ts"

/** How connections are made. */
export interface LinkSettings extends LinkLimits {
  /** Milliseconds for reaching the server and its greeting. */
  readonly connectTimeout: number
  readonly connect: Connect
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
    await Promise.all([cutOff(lost, link), tellBeforehand(link, settings.scripts)])
  })
}

/** A server that does not let itself be told beforehand is told at the first use. */
async function tellBeforehand(link: Link, scripts: readonly Script[]): Promise<void> {
  try {
    await tell(link, scripts)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return
  }
  let isTelling = false
  const done = () => {
    isTelling = false
  }
  link.tellScripts = () => {
    // What asks for it meanwhile was turned away before it was told.
    if (isTelling) return
    isTelling = true
    tell(link, scripts).then(done, done)
  }
}

function tell(link: Link, scripts: readonly Script[]): Promise<unknown> {
  return Promise.all(scripts.map(({ text }) => link.send(["SCRIPT", "LOAD", text])))
}

/**
 * Connects to whatever listens at `address`, for one question, which has to be answered within the time for connecting.
 * The process may end before: whoever waits for the answer keeps it alive.
 */
export async function askOnce<T>(
  address: Address,
  settings: Pick<LinkSettings, "connect" | "connectTimeout" | "silence" | "timeout">,
  question: (link: Link) => Promise<T>,
): Promise<T> {
  let answer: Promise<T> | undefined
  const connect: Connect = async (...asked) => {
    const connection = await settings.connect(...asked)
    connection.unref()
    return connection
  }
  const link = await openBareLink(address, { ...settings, connect }, async (opened) => {
    answer = question(opened)
    await answer
  })
  link.fail(new Error("It is no longer needed."))
  return answer!
}

/** Connects to whatever listens at `address`, and does `greet` within the time for connecting. */
async function openBareLink(
  address: Address,
  settings: Pick<LinkSettings, "connect" | "connectTimeout" | "silence" | "timeout">,
  greet: (link: Link) => Promise<void>,
): Promise<Link> {
  const { connectTimeout } = settings
  const connection = await settings.connect(address, connectTimeout)
  const link = new Link(connection, address, settings)
  // The client itself may wait for ever for the greeting of a stopped server.
  const timer = setTimeout(() => {
    link.fail(new Error(`${link.address} has not answered for ${connectTimeout} ms.`))
  }, connectTimeout).unref()
  const ended = new Promise<never>((_, reject) => {
    link.onEnd = () => reject(link.end!.cause)
  })
  const connecting = connection.connect()
  try {
    await Promise.race([connecting, ended])
    await Promise.race([greet(link), ended])
    return link
  } catch (error) {
    link.fail(error)
    endConnecting(connection, connecting)
    const cause = link.end?.cause ?? error
    if (isRefusal(cause)) {
      throw new Refusal(answerError(`Connecting to ${link.address}`, cause, ""))
    }
    const distrust = untrusted(link.address, cause)
    throw distrust === undefined ? cause : new Refusal(distrust)
  } finally {
    clearTimeout(timer)
    link.onEnd = undefined
  }
}
