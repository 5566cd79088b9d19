import { once } from "node:events"
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { endOf, isPush } from "../../test/support/resp.ts"

/** A number from 0 on, below `count`. */
export type Pick = (count: number) => number

/** How bad it is. */
export interface Faults {
  /** Of 1,000 commands, how many meet a fault. */
  readonly rate: number
  /** The longest that anything is held. Milliseconds. */
  readonly longest: number
  /** What is answered instead of asking the server; none for an empty list. */
  readonly answers: readonly string[]
}

/** Lets everything through. */
export const noFaults: Faults = { rate: 0, longest: 1, answers: [] }

const kinds = [
  "cut before",
  "cut after",
  "cut amid the reply",
  "cut amid the request",
  "late request",
  "late request",
  "held requests",
  "held replies",
  "held both",
  "pieces",
  "answer",
  "answer",
] as const

/**
 * Stands before a server and makes faults at commands, by chance: cuts before a command has reached the server, after
 * it took effect, amid its reply or its request; holds one direction, lets requests through after their client has
 * gone; answers in the server's place. Each connection meets its own.
 */
export class FaultyProxy implements AsyncDisposable {
  /** How many faults it has made. */
  count = 0
  faults: Faults = noFaults
  readonly #pick: Pick
  readonly #target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: number, pick: Pick) {
    this.#server = server
    this.#target = target
    this.#pick = pick
    server.on("connection", (client) => this.#connect(client))
  }

  static async start(target: number, pick: Pick): Promise<FaultyProxy> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1")
    await once(server, "listening")
    return new FaultyProxy(server, target, pick)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(client: Socket): void {
    const server = createConnection({ port: this.#target, host: "127.0.0.1", noDelay: true })
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket))
    }
    /** What becomes of the replies that are due, the oldest first. */
    const due: ("pass" | "cut" | "half" | { answer: string })[] = []
    let asked: Buffer = Buffer.alloc(0)
    let replied: Buffer = Buffer.alloc(0)
    let isReading = false
    let heldReplies: Promise<unknown> | undefined
    let isSaying = false
    const end = () => {
      client.destroy()
      server.destroy()
    }
    server.on("close", () => client.destroy())
    client.on("close", () => {
      // What was read already goes through later, or never.
      if (this.#pick(2) === 0) server.destroy()
      else setTimeout(() => server.destroy(), 20 + this.#pick(2 * this.faults.longest)).unref()
    })
    const say = async () => {
      if (isSaying) return
      isSaying = true
      for (;;) {
        while (typeof due[0] === "object")
          client.write(`-${(due.shift() as { answer: string }).answer}\r\n`)
        const till = replied.length === 0 ? 0 : endOf(replied, 0)
        if (till === 0) break
        if (heldReplies !== undefined) await heldReplies
        const reply = replied.subarray(0, till)
        replied = replied.subarray(till)
        const what = isPush(reply) ? "pass" : (due.shift() ?? "pass")
        if (what === "cut") return end()
        if (what === "half") {
          client.write(reply.subarray(0, this.#pick(reply.length)), end)
          return
        }
        client.write(reply)
      }
      isSaying = false
    }
    const hold = () => delay(1 + this.#pick(this.faults.longest))
    const read = async () => {
      if (isReading) return
      isReading = true
      for (let till = endOf(asked, 0); till > 0; till = asked.length === 0 ? 0 : endOf(asked, 0)) {
        const command = asked.subarray(0, till)
        asked = asked.subarray(till)
        const fault = this.#next()
        let what: (typeof due)[number] = "pass"
        if (fault === "cut before") return end()
        if (fault === "cut after") what = "cut"
        if (fault === "cut amid the reply") what = "half"
        if (fault === "cut amid the request") {
          server.write(command.subarray(0, this.#pick(command.length)), end)
          return
        }
        if (fault === "late request") {
          client.destroy()
          await hold()
          if (server.destroyed) return
        }
        if (fault === "held requests" || fault === "held both") {
          if (fault === "held both") heldReplies = hold()
          await hold()
        }
        if (fault === "held replies") heldReplies = hold()
        if (fault === "answer" && this.faults.answers.length > 0) {
          what = { answer: this.faults.answers[this.#pick(this.faults.answers.length)]! }
        }
        due.push(what)
        if (typeof what === "object") void say()
        else if (fault === "pieces") {
          for (let at = 0; at < command.length; ) {
            const size = 1 + this.#pick(Math.max(64, command.length / 4))
            server.write(command.subarray(at, at + size))
            at += size
            await delay(0)
          }
        } else server.write(command)
      }
      isReading = false
    }
    client.on("data", (bytes) => {
      asked = Buffer.concat([asked, bytes])
      void read()
    })
    server.on("data", (bytes) => {
      replied = Buffer.concat([replied, bytes])
      void say()
    })
  }

  #next(): (typeof kinds)[number] | undefined {
    if (this.#pick(1000) >= this.faults.rate) return undefined
    this.count++
    return kinds[this.#pick(kinds.length)]
  }
}
