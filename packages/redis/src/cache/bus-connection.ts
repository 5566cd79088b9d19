import { PersistError } from "@persist/core"
import { type Address, shownAddress } from "../connection/address.ts"
import { end, endConnecting } from "../connection/client.ts"
import type { Connect } from "../connection/connect.ts"
import { raced } from "../connection/raced.ts"
import { withoutArguments } from "../errors/server-errors.ts"

/** One connection: it is used until it fails, and then another one is opened. */
export interface BusConnection {
  /** Fails, and is of no more use, when the server has not answered after `limit` milliseconds. */
  send(command: readonly string[], limit: number): Promise<unknown>
  close(): void
}

/** Opens a connection that does not keep the process alive, within `limit` milliseconds, or until `signal` is aborted. */
export async function openBusConnection(
  address: Address,
  connect: Connect,
  limit: number,
  signal: AbortSignal,
): Promise<BusConnection> {
  const client = await connect(address, limit)
  client.on("error", () => {})
  client.unref()
  const connecting = client.connect()
  try {
    await within(raced(connecting, signal), limit, `connecting to ${shownAddress(address)}`)
  } catch (error) {
    endConnecting(client, connecting)
    throw withoutArguments(error)
  }
  return {
    send: (command, limit) => within(client.sendCommand([...command]), limit, command[0]!),
    close: () => end(client),
  }
}

/** The client's own deadline ends once a command has been written; this one does not. Nor does it keep the process alive. */
function within<T>(pending: Promise<T>, limit: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new PersistError(
          "ERR_PERSIST_TIMEOUT",
          `The invalidation bus got no answer within ${limit} ms (${what}); it connects again by itself.`,
        ),
      )
    }, limit).unref()
    pending.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
