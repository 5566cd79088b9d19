import { connect, type Socket } from "node:net"
import { resetSocket } from "./reset-socket.ts"
import type { BlackHole } from "./tcp-proxy.ts"
import type { Trap } from "./trap.ts"

/** One connection through a `TcpProxy`: the client's and the one to the server. */
export class TcpLink {
  readonly #client: Socket
  readonly #server: Socket
  readonly #traps: Set<Trap>
  readonly #onEnd: () => void
  /** The end of what was sent before: a request may come in several packets. */
  #tail: Buffer = Buffer.alloc(0)
  /** Whose reply is being lost. */
  #trapped: Trap | undefined
  #blackHole: BlackHole | undefined
  #hasEnded = false

  constructor(
    client: Socket,
    target: { readonly host: string; readonly port: number },
    traps: Set<Trap>,
    onEnd: () => void,
  ) {
    this.#client = client
    this.#server = connect({ ...target, allowHalfOpen: true })
    this.#traps = traps
    this.#onEnd = onEnd
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true)
      socket.on("error", () => this.cut())
      socket.on("close", () => this.#endWhenBothAreClosed())
      socket.on("drain", () => this.#flow())
    }
    client.on("data", (bytes) => this.#request(bytes))
    client.on("end", () => this.#server.end())
    this.#server.on("data", (bytes) => this.#reply(bytes))
    this.#server.on("end", () => {
      if (this.#trapped === undefined) client.end()
      else this.cut()
    })
  }

  set blackHole(ways: BlackHole | undefined) {
    this.#blackHole = ways
    this.#flow()
  }

  /** Ends both connections with a reset, once. */
  cut(): void {
    if (this.#hasEnded) return
    this.#end()
    resetSocket(this.#client)
    resetSocket(this.#server)
  }

  #endWhenBothAreClosed(): void {
    if (!this.#hasEnded && this.#client.closed && this.#server.closed) this.#end()
  }

  #end(): void {
    this.#hasEnded = true
    this.#trapped?.spring()
    this.#onEnd()
  }

  #request(bytes: Buffer): void {
    if (this.#trapped !== undefined) return
    const seen = Buffer.concat([this.#tail, bytes])
    const before = this.#tail.length
    const trap = [...this.#traps].find(({ matching }) =>
      seen.includes(matching, Math.max(0, before - matching.length + 1)),
    )
    if (trap === undefined) {
      const longest = Math.max(0, ...[...this.#traps].map(({ matching }) => matching.length - 1))
      this.#tail = longest === 0 ? Buffer.alloc(0) : Buffer.from(seen.subarray(-longest))
      this.#server.write(bytes)
      this.#flow()
      return
    }
    this.#traps.delete(trap)
    this.#trapped = trap
    if (trap.kind === "request") this.cut()
    // The server sees the end after the request, carries out what came before it, and closes.
    else this.#server.end(bytes)
  }

  #reply(bytes: Buffer): void {
    if (this.#trapped !== undefined) return
    this.#client.write(bytes)
    this.#flow()
  }

  /** Stops reading what cannot be passed on, for now. */
  #flow(): void {
    if (this.#hasEnded) return
    const ways = this.#blackHole
    const isDeaf = ways === "both" || ways === "requests"
    const isDumb = ways === "both" || ways === "replies"
    setFlow(this.#client, !isDeaf && !this.#server.writableNeedDrain)
    setFlow(this.#server, !isDumb && !this.#client.writableNeedDrain)
  }
}

function setFlow(socket: Socket, isOpen: boolean): void {
  if (isOpen) socket.resume()
  else socket.pause()
}
