import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { TcpLink } from "./tcp-link.ts"
import { Trap, type TrapKind } from "./trap.ts"

/** Where a `TcpProxy` stands and what is behind it. */
export interface TcpProxyOptions {
  /** Host of the server behind it. @default "127.0.0.1" */
  readonly host?: string | undefined
  /** Port of the server behind it. */
  readonly port: number
  /** Port to listen on, of the loopback interface. @default a free one */
  readonly listenOn?: number | undefined
}

/** The ways of a `TcpProxy` that are closed by `blackHole`. */
export type BlackHole = "both" | "requests" | "replies"

/**
 * A TCP proxy on the loopback interface that does to a connection what networks do, at an exact moment:
 * it loses the reply to a request that it knows by its bytes, goes silent, refuses, cuts, and heals.
 */
export class TcpProxy implements AsyncDisposable {
  /** Where clients connect to, at `127.0.0.1`. */
  readonly port: number
  readonly #target: { readonly host: string; readonly port: number }
  readonly #links = new Set<TcpLink>()
  readonly #traps = new Set<Trap>()
  #server: Server
  #accepted = 0
  #blackHole: BlackHole | undefined

  private constructor(server: Server, { host = "127.0.0.1", port }: TcpProxyOptions) {
    this.#target = { host, port }
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on("connection", (client) => this.#connect(client))
  }

  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    return new TcpProxy(await listen(options.listenOn ?? 0), options)
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#links.size
  }

  /** How many connections were accepted so far. */
  get accepted(): number {
    return this.#accepted
  }

  /**
   * Lets the next request whose bytes contain `matching` through, waits for the server to carry it out,
   * and cuts the connection with its reply lost: it was applied, and the client cannot know.
   *
   * @returns Resolves when that has happened.
   */
  dropReplyOnce(matching: Uint8Array | string): Promise<void> {
    return this.#trap("reply", matching)
  }

  /**
   * Cuts the connection instead of letting the next request through whose bytes contain `matching`: it was
   * not applied, and the client cannot know. What came before it in the same packet is lost with it.
   *
   * @returns Resolves when that has happened.
   */
  dropRequestOnce(matching: Uint8Array | string): Promise<void> {
    return this.#trap("request", matching)
  }

  /**
   * Goes silent: connections stay open, new ones are accepted, and nothing arrives, in both directions or in
   * one. As on a real link, what was sent meanwhile arrives after `heal`, however late.
   */
  blackHole(ways: BlackHole = "both"): void {
    this.#blackHole = ways
    for (const link of this.#links) link.blackHole = ways
  }

  /** Refuses new connections; those that are open go on. */
  refuse(): void {
    this.#server.close()
  }

  /** Cuts every open connection with a reset. */
  cut(): void {
    for (const link of [...this.#links]) link.cut()
  }

  /** Ends `blackHole` and `refuse`, and forgets what was to be dropped. */
  async heal(): Promise<void> {
    this.#traps.clear()
    this.#blackHole = undefined
    for (const link of this.#links) link.blackHole = undefined
    if (this.#server.listening) return
    this.#server = await listen(this.port)
    this.#server.on("connection", (client) => this.#connect(client))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.refuse()
  }

  #trap(kind: TrapKind, matching: Uint8Array | string): Promise<void> {
    const trap = new Trap(kind, Buffer.from(matching))
    this.#traps.add(trap)
    return trap.sprung
  }

  #connect(client: Socket): void {
    this.#accepted++
    const link = new TcpLink(client, this.#target, this.#traps, () => this.#links.delete(link))
    link.blackHole = this.#blackHole
    this.#links.add(link)
  }
}

async function listen(port: number): Promise<Server> {
  // Each side is closed by hand, so that a half-closed connection can carry its last replies.
  const server = createServer({ allowHalfOpen: true })
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
  return server
}
