import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

const cancelCode = 80_877_102

/** Stands before a PostgreSQL as poolers do: clients see keys of its own making, and it passes requests to cancel on. */
export class TransactionPooler {
  readonly #target: number
  readonly #server: Server
  readonly #keys = new Map<string, Buffer>()
  readonly #sockets = new Set<Socket>()
  /** Requests to cancel that were passed on. */
  cancelled = 0
  /** Such requests are passed on when this is fulfilled, whether who sent them still waits or not. */
  cancelsAfter: Promise<void> | undefined

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#serve(client))
  }

  static async start(target: number): Promise<TransactionPooler> {
    const pooler = new TransactionPooler(target)
    pooler.#server.listen(0, "127.0.0.1")
    await once(pooler.#server, "listening")
    return pooler
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #serve(client: Socket): void {
    const server = this.#follow(connect(this.#target, "127.0.0.1"), this.#follow(client))
    this.#follow(client, server)
    client.once("data", (first: Buffer) => {
      if (first.readInt32BE(0) === 16 && first.readInt32BE(4) === cancelCode) {
        const key = this.#keys.get(first.toString("hex", 8))
        if (key === undefined) return void client.destroy()
        this.cancelled++
        const request = Buffer.concat([first.subarray(0, 8), key])
        if (this.cancelsAfter === undefined) server.write(request)
        else {
          this.cancelsAfter.then(() => {
            this.#follow(connect(this.#target, "127.0.0.1"), client).write(request)
          })
        }
      } else server.write(first)
      client.pipe(server)
    })
    let opening = Buffer.alloc(0)
    const onOpening = (bytes: Buffer) => {
      opening = Buffer.concat([opening, bytes])
      const at = keyData(opening)
      if (at === undefined) return
      server.off("data", onOpening)
      const made = Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, this.#keys.size])
      this.#keys.set(made.toString("hex"), Buffer.from(opening.subarray(at, at + 8)))
      made.copy(opening, at)
      client.write(opening)
      server.pipe(client)
    }
    server.on("data", onOpening)
    server.once("end", () => client.end())
  }

  /** Closes `other` with it, if given. */
  #follow(socket: Socket, other?: Socket): Socket {
    this.#sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => other?.destroy())
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, "close")
  }
}

/** Where the key is in the first messages of a server, once it is there. */
function keyData(messages: Buffer): number | undefined {
  for (let at = 0; at + 5 <= messages.length; at += 1 + messages.readInt32BE(at + 1)) {
    const isWhole = at + 13 <= messages.length
    if (messages[at] === "K".charCodeAt(0)) return isWhole ? at + 5 : undefined
  }
  return undefined
}
