import type { Part, PartKind } from "./call.ts"
import { type Argument, asBuffers, type CommandMode, type Reply } from "./client.ts"

/** Gives what becomes of a part whose reply did not come, or was an error. */
export type Recover = (error: unknown) => Promise<Reply>

/** Parts of one kind that are sent as one command, and what becomes of each. */
export class Gathering {
  readonly #kind: PartKind
  readonly #parts: Part[] = []
  readonly #replies = Promise.withResolvers<readonly Reply[]>()
  #bytes = 0

  constructor(kind: PartKind) {
    this.#kind = kind
  }

  /** Whether nothing more should come to it. */
  get isFull(): boolean {
    const { most } = this.#kind
    return this.#parts.length >= most.parts || this.#bytes >= most.bytes
  }

  add(part: Part, recover: Recover): Promise<Reply> {
    const index = this.#parts.push(part) - 1
    this.#bytes += part.bytes.length
    return this.#replies.promise.then((replies) => {
      const reply: unknown = replies[index]
      return reply instanceof Error ? recover(reply) : (reply as Reply)
    }, recover)
  }

  /** Sends it, once. */
  send(write: (command: readonly Argument[], mode: CommandMode) => Promise<Reply>): void {
    const { resolve, reject } = this.#replies
    const command = this.#kind.commandFor(this.#parts)
    write(command, asBuffers).then((reply) => resolve(repliesIn(reply)), reject)
  }
}

/** One reply for each part: a list, or all in one string. */
function repliesIn(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : String(reply).split(" ")
}
