import { once } from "node:events"
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net"

/** Stands before a server; once a request holds certain bytes, nothing passes any more, and nothing ends. */
export class SilentLink implements AsyncDisposable {
  isSilent = false
  readonly #target: number
  readonly #matching: string
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((client) => this.#connect(client))
  #held: PromiseWithResolvers<void> | undefined

  private constructor(target: number, matching: string) {
    this.#target = target
    this.#matching = matching
  }

  static async start(target: number, matching: string): Promise<SilentLink> {
    const link = new SilentLink(target, matching)
    await once(link.#server.listen(0, "127.0.0.1"), "listening")
    return link
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection; what the next ones say waits until `release`. */
  hold(): void {
    this.#held = Promise.withResolvers()
    this.#cut()
  }

  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    this.#cut()
    await closed
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #connect(client: Socket): Promise<void> {
    this.#sockets.add(client)
    client.on("error", () => {}).on("close", () => this.#sockets.delete(client))
    await this.#held?.promise
    if (client.destroyed) return
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
