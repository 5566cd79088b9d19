import type { Part } from "./call.ts"
import { type Argument, asBuffers, type CommandMode, type Reply } from "./client.ts"

/** Most that is sent as one command: the server does nothing else meanwhile. */
const most = { parts: 32, bytes: 64 * 1024 }

/** Gives what becomes of a part whose reply did not come, or was an error. */
export type Recover = (error: unknown) => Promise<Reply>

interface Waiter {
  readonly resolve: (reply: Reply | Promise<Reply>) => void
  readonly recover: Recover
}

/** Parts of one kind that are sent as one command, and who waits for what becomes of each. */
export class Gathering {
  readonly #parts: Part[] = []
  readonly #waiters: Waiter[] = []
  #bytes = 0

  /** Whether nothing more should come to it. */
  get isFull(): boolean {
    return this.#parts.length >= most.parts || this.#bytes >= most.bytes
  }

  add(part: Part, recover: Recover): Promise<Reply> {
    this.#parts.push(part)
    this.#bytes += part.bytes.length
    return new Promise((resolve) => {
      this.#waiters.push({ resolve, recover })
    })
  }

  /** Sends it, once. */
  send(write: (command: readonly Argument[], mode: CommandMode) => Promise<Reply>): void {
    write(this.#parts[0]!.kind.commandFor(this.#parts), asBuffers).then(
      (reply) => this.#answer(reply),
      (error) => {
        for (const { resolve, recover } of this.#waiters) resolve(recover(error))
      },
    )
  }

  #answer(reply: Reply): void {
    const replies = Array.isArray(reply) ? (reply as readonly Reply[]) : String(reply).split(" ")
    for (const [index, { resolve, recover }] of this.#waiters.entries()) {
      const one: unknown = replies[index]
      resolve(one instanceof Error ? recover(one) : (one as Reply))
    }
  }
}
