import { once } from "node:events"
import { createConnection, createServer, type Server, type Socket } from "node:net"

interface Link {
  readonly client: Socket
  readonly server: Socket
  /** Who the client says to be, where the proxy can tell. */
  name: string | undefined
  isHeld: boolean
  isReplyDropped: boolean
}

interface Trap {
  readonly text: Buffer
  readonly lost: "request" | "reply"
  sprung(): void
}

/** What a proxy can be given. */
export interface FaultProxyOptions {
  /** Where it listens. @default a free port */
  readonly port?: number
  /** Reads from a client's first bytes who it is, so that it can be held alone. */
  readonly identify?: (head: Buffer) => string | undefined
}

/**
 * Stands between clients and the server at `target`, on loopback, and does to their links what
 * networks do. A held link loses nothing: what was sent arrives when it is released, as TCP would have it.
 */
export class FaultProxy {
  readonly target: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  readonly #identify: FaultProxyOptions["identify"]
  readonly #held = new Set<string>()
  readonly #traps = new Set<Trap>()
  #isHeld = false
  #isRefusing = false

  private constructor(target: number, options: FaultProxyOptions) {
    this.target = target
    this.#identify = options.identify
    this.#server = createServer({ noDelay: true }, (client) => this.#connect(client))
  }

  static async open(target: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, options)
    proxy.#server.listen(options.port ?? 0, "127.0.0.1")
    await once(proxy.#server, "listening")
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** From now on nothing passes, in either direction; with `name`, only on the links of that client. */
  blackHole(name?: string): void {
    if (name === undefined) this.#isHeld = true
    else this.#held.add(name)
    this.#apply()
  }

  /** Lets everything pass again, also what was sent meanwhile; with `name`, what that client sent. */
  heal(name?: string): void {
    if (name === undefined) this.#isHeld = false
    else this.#held.delete(name)
    this.#isRefusing = false
    this.#apply()
  }

  /** Resets every link. */
  cut(): void {
    for (const link of this.#links) close(link)
  }

  /** Resets every link, and new ones at once, until `heal`. */
  refuse(): void {
    this.#isRefusing = true
    this.cut()
  }

  /**
   * Of the next request that contains `text`, loses the reply (the server did it) or the request itself
   * (it did not), and resets the link. Resolves when that has happened.
   */
  lose(lost: "reply" | "request", text: string): Promise<void> {
    return new Promise((resolve) => {
      const trap: Trap = {
        text: Buffer.from(text),
        lost,
        sprung: () => {
          this.#traps.delete(trap)
          resolve()
        },
      }
      this.#traps.add(trap)
    })
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, "close")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #connect(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const server = createConnection({ port: this.target, host: "127.0.0.1", noDelay: true })
    const link: Link = { client, server, name: undefined, isHeld: false, isReplyDropped: false }
    this.#links.add(link)
    for (const socket of [client, server]) {
      socket.on("error", () => close(link))
      socket.on("close", () => {
        close(link)
        this.#links.delete(link)
      })
    }
    client.on("data", (bytes) => this.#request(link, bytes))
    server.on("data", (bytes) => this.#reply(link, bytes))
    if (this.#isHeld) this.#hold(link, true)
  }

  #request(link: Link, bytes: Buffer): void {
    link.name ??= this.#identify?.(bytes)
    if (link.name !== undefined && this.#held.has(link.name)) {
      this.#hold(link, true)
      // What has been read already belongs to what is held.
      link.client.unshift(bytes)
      return
    }
    const trap = [...this.#traps].find(({ text }) => bytes.includes(text))
    if (trap?.lost === "request") {
      trap.sprung()
      close(link)
      return
    }
    if (trap !== undefined) {
      link.isReplyDropped = true
      link.server.once("data", () => {
        trap.sprung()
        close(link)
      })
    }
    link.server.write(bytes)
  }

  #reply(link: Link, bytes: Buffer): void {
    if (!link.isReplyDropped) link.client.write(bytes)
  }

  #apply(): void {
    for (const link of this.#links) {
      this.#hold(link, this.#isHeld || (link.name !== undefined && this.#held.has(link.name)))
    }
  }

  #hold(link: Link, isHeld: boolean): void {
    if (link.isHeld === isHeld) return
    link.isHeld = isHeld
    for (const socket of [link.client, link.server]) {
      if (isHeld) socket.pause()
      else socket.resume()
    }
  }
}

function close({ client, server }: Link): void {
  // A reset, as a network would; what was on its way is gone.
  for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy()
}
