import { isAnswer } from "../errors/server-errors.ts"
import { type Address, shownAddress } from "./address.ts"
import { AnswerCount } from "./answer-count.ts"
import { type Part, type PartKind, type SendAlone, withText } from "./call.ts"
import { type Argument, type CommandMode, end, type RedisConnection, type Reply } from "./client.ts"
import { Gathering, type Recover } from "./gathering.ts"
import { LostReply } from "./lost-reply.ts"
import type { ServerIdentity } from "./server-identity.ts"

/** How long a link waits. Milliseconds. */
export interface LinkLimits {
  /** From the sending of a command to the end of a link that has not answered it. */
  readonly timeout: number
  /** Without any reply while one is due: then the link is given up. */
  readonly silence: number
}

const ticksPerSilence = 4

/**
 * One connection to one server, from its handshake to its end; there is no other after it. Every command
 * settles: with its reply, or when the connection ends, which it does when the server has been silent for too long
 * or leaves one command unanswered for too long (the client's own timeouts do not reach one that was written).
 */
export class Link {
  readonly connection: RedisConnection
  /** Where the server is. */
  readonly place: Address
  /** The same, as messages name it. */
  readonly address: string
  /** What the server said of itself and of this connection. */
  identity: ServerIdentity | undefined
  /** Why it ended; `undefined` while it works. */
  end: { readonly cause: unknown } | undefined
  /** After its end: whether it is certain that the server will do nothing more of what was sent on it. */
  isOver = false
  /** Called once, when it ends. */
  onEnd: (() => void) | undefined
  /** Tells the server its scripts anew, ahead of what is sent next; `undefined` where it does not let itself be told. */
  tellScripts: (() => void) | undefined
  readonly #limits: LinkLimits
  /** How many commands had been sent at each of the last ticks; the first is the oldest that may still wait. */
  readonly #sentAt: number[]
  readonly #count = new AnswerCount()
  /** What goes out with the next command, or as soon as all that runs now has run. */
  readonly #gatherings = new Map<PartKind, Gathering>()
  #answeredAtTick = 0
  #silentTicks = 0
  #timer: NodeJS.Timeout | undefined

  constructor(connection: RedisConnection, place: Address, limits: LinkLimits) {
    this.connection = connection
    this.place = place
    this.address = shownAddress(place)
    this.#limits = limits
    // A command sent right after a tick is one tick older than the count of ticks says.
    const most = Math.max(2, Math.floor((limits.timeout / limits.silence) * ticksPerSilence) - 1)
    this.#sentAt = Array.from({ length: most }, () => 0)
    connection.on("error", (cause) => this.fail(cause))
    connection.on("terminated", (cause) => this.fail(cause))
    connection.on("end", () => this.fail(new Error("The connection was closed.")))
  }

  /**
   * Sends one command: the hot path. Nothing is made for it but what the client makes: since answers come in the
   * order of the commands, two counts tell who waits for how long.
   *
   * @throws What `failure` makes out.
   */
  write(command: readonly Argument[], mode?: CommandMode): Promise<Reply> {
    if (this.#gatherings.size > 0) this.#sendGathered()
    return this.#write(command, mode)
  }

  /** Sends `part`, together with others that are sent in this moment, and before any command that comes after it. */
  gather(part: Part, recover: Recover): Promise<Reply> {
    const { kind } = part
    if (this.#gatherings.size === 0) process.nextTick(() => this.#sendGathered())
    let gathering = this.#gatherings.get(kind)
    if (gathering === undefined) {
      gathering = new Gathering(kind)
      this.#gatherings.set(kind, gathering)
    }
    const reply = gathering.add(part, recover)
    if (gathering.isFull) {
      this.#gatherings.delete(kind)
      gathering.send(this.#sendOne)
    }
    return reply
  }

  /** Sends `part` at once. */
  sendAlone(part: Part, { isText }: SendAlone, recover: Recover): Promise<Reply> {
    const gathering = new Gathering(part.kind)
    const reply = gathering.add(part, recover)
    gathering.send((command, mode) =>
      this.write(isText ? withText(part.kind.script, command) : command, mode),
    )
    return reply
  }

  readonly #sendOne = (command: readonly Argument[], mode: CommandMode) =>
    this.#write(command, mode)

  #sendGathered(): void {
    const gatherings = [...this.#gatherings.values()]
    this.#gatherings.clear()
    for (const gathering of gatherings) gathering.send(this.#sendOne)
  }

  #write(command: readonly Argument[], mode?: CommandMode): Promise<Reply> {
    if (this.end !== undefined) return Promise.reject(new LostReply(this, this.end.cause))
    if (this.#timer === undefined) this.#watch()
    const reply = this.connection.sendCommand(command, mode)
    this.#count.add(reply)
    return reply as Promise<Reply>
  }

  /** What an error of `write` means: what the server answered, or `LostReply`, after which the link is at its end. */
  failure(error: unknown): unknown {
    if (error instanceof LostReply || isAnswer(error)) return error
    // Whatever else happened to it, it is not answered.
    this.fail(error)
    return new LostReply(this, this.end!.cause)
  }

  /**
   * Sends one command.
   *
   * @throws `LostReply`, or what the server answered.
   */
  send(command: readonly Argument[], mode?: CommandMode): Promise<Reply> {
    return this.write(command, mode).catch((error) => {
      throw this.failure(error)
    })
  }

  /** Ends it: whatever waits for a reply is told that it is lost. */
  fail(cause: unknown): void {
    if (this.end !== undefined) return
    this.end = { cause }
    clearInterval(this.#timer)
    this.#timer = undefined
    // It rejects what waits.
    end(this.connection)
    this.onEnd?.()
  }

  #watch(): void {
    this.#silentTicks = 0
    this.#sentAt.fill(0)
    this.#timer = setInterval(() => this.#onTick(), this.#limits.silence / ticksPerSilence)
    this.#timer.unref()
  }

  #onTick(): void {
    const { sent, answered } = this.#count
    if (answered === sent) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const isSilent = answered === this.#answeredAtTick
    this.#silentTicks = isSilent ? this.#silentTicks + 1 : 0
    this.#answeredAtTick = answered
    if (this.#silentTicks >= ticksPerSilence) {
      this.fail(new Error(`The server has not answered for ${this.#limits.silence} ms.`))
      return
    }
    const oldest = this.#sentAt.shift()!
    this.#sentAt.push(sent)
    if (answered < oldest) {
      this.fail(new Error(`A reply has not come within ${this.#limits.timeout} ms.`))
      return
    }
    this.#count.refine(isSilent)
  }
}
