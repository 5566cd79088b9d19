import { once } from "node:events"
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net"

/** Stands before a server; once a request holds certain bytes, nothing passes any more, and nothing ends. */
export class SilentLink implements AsyncDisposable {
  isSilent = false
  readonly #target: number
  readonly #matching: string
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((client) => this.#connect(client))
  #port = 0

  private constructor(target: number, matching: string) {
    this.#target = target
    this.#matching = matching
  }

  static async start(target: number, matching: string): Promise<SilentLink> {
    const link = new SilentLink(target, matching)
    await link.listen()
    return link
  }

  get port(): number {
    return this.#port
  }

  /** Takes connections; at the same port as before. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1")
    await once(this.#server, "listening")
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection, and takes no other. */
  async refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse()
  }

  #connect(client: Socket): void {
    const server = createConnection(this.#target, "127.0.0.1")
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on("error", () => {})
      from.on("close", () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.on("data", (bytes) => {
        this.isSilent ||= from === client && bytes.includes(this.#matching)
        if (!this.isSilent) to.write(bytes)
      })
    }
  }
}
