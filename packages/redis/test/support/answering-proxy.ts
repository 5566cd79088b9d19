import { once } from "node:events"
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net"
import { endOf, isPush } from "./resp.ts"

/** What the next reply of a connection is: the server's, or ours. */
type Due = "server" | string

/** An error to answer a command with, or `undefined` to let it through. */
export type Answer = (command: Buffer) => string | undefined

/** Stands before a server, and answers some of the commands in its place: they are not carried out. */
export class AnsweringProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #target: number
  readonly #answer: Answer

  private constructor(server: Server, target: number, answer: Answer) {
    this.#server = server
    this.#target = target
    this.#answer = answer
    this.port = (server.address() as AddressInfo).port
    server.on("connection", (client) => this.#connect(client))
  }

  /** @param answer Asked at every command. */
  static async start(target: number, answer: Answer): Promise<AnsweringProxy> {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    return new AnsweringProxy(server, target, answer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
  }

  #connect(client: Socket): void {
    const server = createConnection(this.#target, "127.0.0.1")
    const due: Due[] = []
    let asked: Buffer = Buffer.alloc(0)
    let replied: Buffer = Buffer.alloc(0)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => {}).on("close", () => other.destroy())
    }
    const sayOurs = () => {
      while (due.length > 0 && due[0] !== "server") client.write(`-${due.shift()}\r\n`)
    }
    client.on("data", (bytes) => {
      asked = Buffer.concat([asked, bytes])
      for (let end = endOf(asked, 0); end > 0; end = endOf(asked, 0)) {
        const answer = this.#answer(asked.subarray(0, end))
        due.push(answer ?? "server")
        if (answer === undefined) server.write(asked.subarray(0, end))
        asked = asked.subarray(end)
      }
      sayOurs()
    })
    server.on("data", (bytes) => {
      replied = Buffer.concat([replied, bytes])
      for (let end = endOf(replied, 0); end > 0; end = endOf(replied, 0)) {
        client.write(replied.subarray(0, end))
        // What is pushed answers nothing.
        if (!isPush(replied)) due.shift()
        replied = replied.subarray(end)
        sayOurs()
      }
    })
  }
}
