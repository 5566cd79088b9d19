import { once } from "node:events"
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net"

interface Link {
  readonly from: Socket
  readonly to: Socket
  sender: string | undefined
}

/**
 * Stands in front of a node's port on the cluster bus, and can hold back what one certain node sends there:
 * a proxy that knew no senders could cut off what reaches a node, but not what it says.
 */
export class BusProxy {
  readonly #server: Server
  readonly #links = new Set<Link>()
  readonly #held = new Set<string>()
  #holdsAll = false

  private constructor(target: number) {
    this.#server = createServer({ noDelay: true }, (from) => this.#connect(from, target))
  }

  static async start(target: number): Promise<BusProxy> {
    const proxy = new BusProxy(target)
    proxy.#server.listen(0, "127.0.0.1")
    await once(proxy.#server, "listening")
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Holds what the node called `sender` sends here, or what anybody sends. */
  hold(sender?: string): void {
    if (sender === undefined) this.#holdsAll = true
    else this.#held.add(sender)
    this.#flow()
  }

  release(sender?: string): void {
    if (sender === undefined) this.#holdsAll = false
    else this.#held.delete(sender)
    this.#flow()
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const link of this.#links) end(link)
    await once(this.#server, "close")
  }

  #connect(from: Socket, target: number): void {
    const to = createConnection({ port: target, host: "127.0.0.1", noDelay: true })
    const link: Link = { from, to, sender: undefined }
    this.#links.add(link)
    for (const socket of [from, to]) {
      socket.on("error", () => end(link))
      socket.on("close", () => {
        end(link)
        this.#links.delete(link)
      })
    }
    from.on("data", (bytes) => {
      link.sender ??= senderOf(bytes)
      if (!this.#isHeld(link)) {
        to.write(bytes)
        return
      }
      this.#flow()
      // What has been read already belongs to what is held.
      from.unshift(bytes)
    })
    to.on("data", (bytes) => from.write(bytes))
    this.#flow()
  }

  #isHeld({ sender }: Link): boolean {
    return this.#holdsAll || (sender !== undefined && this.#held.has(sender))
  }

  #flow(): void {
    for (const link of this.#links) {
      for (const socket of [link.from, link.to]) {
        if (this.#isHeld(link)) socket.pause()
        else socket.resume()
      }
    }
  }
}

/** A message of the bus begins with its header (cluster.h, `clusterMsg`): the sender's name stands at 40. */
function senderOf(head: Buffer): string | undefined {
  if (head.length < 80 || head.toString("latin1", 0, 4) !== "RCmb") return undefined
  return head.toString("latin1", 40, 80)
}

function end({ from, to }: Link): void {
  for (const socket of [from, to]) socket.destroy()
}
