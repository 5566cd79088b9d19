import { isIP, type LookupFunction, Socket } from "node:net"
import type { PgClient } from "./pg-client.ts"

/** Whether what runs on a client can be ended by a request of the protocol: not on `pg.native`, which has no keys. */
export function hasCancelKey({ processID, secretKey }: PgClient): boolean {
  return typeof processID === "number" && secretKey !== undefined && secretKey !== null
}

/**
 * Asks the server to end what `target` runs, by the protocol's request for that ("Canceling Requests in Progress"):
 * it needs no free connection of the server's, and a pooler, which makes up the process ids that clients see, passes
 * it on.
 *
 * @param courier A client that was not connected yet: it finds the server, and speaks TLS, as `target` did.
 * @param isWanted Asked just before the request is sent.
 * @returns When the server has seen to it, or cannot be reached.
 */
export async function requestCancel(
  courier: PgClient,
  target: PgClient,
  isWanted: () => boolean,
): Promise<void> {
  courier.on("error", () => {})
  const wire = courier.connection!
  goTo(target.connection?.stream.remoteAddress, wire.stream)
  wire.startup = () => {
    if (isWanted()) wire.cancel!(target.processID!, target.secretKey)
    else wire.stream.destroy(new Error("What was to be ended has ended."))
  }
  // The server answers by closing the connection, which the driver takes for a failure.
  await courier.connect().catch(() => {})
}

/** A name may stand for several servers, of which one knows the key: `stream` is to go to the address of that one. */
function goTo(address: string | undefined, stream: unknown): void {
  const { connect } = Socket.prototype
  // Streams of the caller's making find their own way.
  if (!address || !(stream instanceof Socket) || stream.connect !== connect) return
  const family = isIP(address)
  const lookup: LookupFunction = (_name, { all }, done) => {
    if (all) done(null, [{ address, family }])
    else done(null, address, family)
  }
  stream.connect = (port: unknown, host?: unknown) => {
    const to = host === undefined ? [port] : [{ port, host, lookup }]
    return Reflect.apply(connect, stream, to)
  }
}
