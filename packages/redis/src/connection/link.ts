import type { Argument, CommandMode, RedisConnection, Reply } from "./client.ts"
import { LateReply, LostReply } from "./lost-reply.ts"
import type { ServerIdentity } from "./server-identity.ts"

/** How long a link waits. Milliseconds. */
export interface LinkLimits {
  /** From the sending of a command to `LateReply`. */
  readonly timeout: number
  /** Without any reply while one is due: then the link is given up. */
  readonly silence: number
}

/** One command that was sent. */
interface Pending {
  readonly reject: (error: unknown) => void
  readonly tick: number
  isSettled: boolean
  next: Pending | undefined
}

const ticksPerSilence = 4

/**
 * One connection to one server, from its handshake to its end; there is no other after it. Every command
 * settles: with its reply, when the connection ends, when the server has been silent for too long (the
 * client's own timeouts do not reach a command that was written), or at its deadline.
 */
export class Link {
  readonly connection: RedisConnection
  /** What the server said of itself and of this connection. */
  identity: ServerIdentity | undefined
  /** Why it ended; `undefined` while it works. */
  end: { readonly cause: unknown } | undefined
  /** After its end: whether it is certain that the server will do nothing more of what was sent on it. */
  isOver = false
  /** Called once, when it ends. */
  onEnd: (() => void) | undefined
  readonly #limits: LinkLimits
  readonly #mostTicks: number
  #first: Pending | undefined
  #last: Pending | undefined
  #timer: NodeJS.Timeout | undefined
  #tick = 0
  #silentTicks = 0
  #hasHeard = false

  constructor(connection: RedisConnection, limits: LinkLimits) {
    this.connection = connection
    this.#limits = limits
    this.#mostTicks = Math.max(1, Math.ceil((limits.timeout / limits.silence) * ticksPerSilence))
    connection.on("error", (cause) => this.fail(cause))
    connection.on("terminated", (cause) => this.fail(cause))
    connection.on("end", () => this.fail(new Error("The connection was closed.")))
  }

  /** Sends one command. @throws `LostReply`, `LateReply`, or what the server answered. */
  send(command: readonly Argument[], mode?: CommandMode): Promise<Reply> {
    if (this.end !== undefined) return Promise.reject(new LostReply(this, this.end.cause))
    return new Promise((resolve, reject) => {
      const pending: Pending = { reject, tick: this.#tick, isSettled: false, next: undefined }
      this.#add(pending)
      this.connection.sendCommand(command, mode).then(
        (reply) => {
          this.#settle(pending)
          resolve(reply as Reply)
        },
        (error) => {
          if (pending.isSettled) return
          this.#settle(pending)
          reject(error)
        },
      )
    })
  }

  /** Ends it: whatever waits for a reply is told that it is lost. */
  fail(cause: unknown): void {
    if (this.end !== undefined) return
    this.end = { cause }
    clearInterval(this.#timer)
    this.#timer = undefined
    for (let one = this.#first; one !== undefined; one = one.next) {
      if (!one.isSettled) one.reject(new LostReply(this, cause))
      one.isSettled = true
    }
    this.#first = undefined
    this.#last = undefined
    this.connection.destroy()
    this.onEnd?.()
  }

  #add(pending: Pending): void {
    if (this.#last === undefined) this.#first = pending
    else this.#last.next = pending
    this.#last = pending
    if (this.#timer !== undefined) return
    this.#silentTicks = 0
    this.#timer = setInterval(() => this.#onTick(), this.#limits.silence / ticksPerSilence)
    this.#timer.unref()
  }

  #settle(pending: Pending): void {
    pending.isSettled = true
    this.#hasHeard = true
    // Replies come in the order of the commands, so this is one step nearly always.
    let first: Pending | undefined = this.#first
    while (first?.isSettled) first = first.next
    this.#first = first
    if (first === undefined) this.#last = undefined
  }

  #onTick(): void {
    this.#tick++
    if (this.#first === undefined) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    this.#silentTicks = this.#hasHeard ? 0 : this.#silentTicks + 1
    this.#hasHeard = false
    if (this.#silentTicks >= ticksPerSilence) {
      this.fail(new Error(`The server has not answered for ${this.#limits.silence} ms.`))
      return
    }
    for (let one: Pending | undefined = this.#first; one !== undefined; one = one.next) {
      if (this.#tick - one.tick < this.#mostTicks) break
      if (one.isSettled) continue
      one.isSettled = true
      one.reject(new LateReply(`No reply within ${this.#limits.timeout} ms.`))
    }
  }
}
