import { type FileSystem, nodeFileSystem } from "@persist/atomic"
import { type SeamCall, systemError } from "../../../atomic/test/support/interfering-file-system.ts"

// Done in place when their turn comes, so that nothing but the seed decides on the order.
const inPlace = { write: "writeSync", close: "closeSync", rename: "renameSync" } as const
// What a disk refuses or loses; the rest only looks, or lets go.
const codes = ["EIO", "ENOSPC", "EMFILE", "EACCES", "ETIMEDOUT"] as const

/** Holds every call that waits: first before it takes effect, then half of them again before the answer. */
export class HeldCalls {
  readonly #random: () => number
  readonly #held: (() => void)[] = []
  /** How likely a call fails, half of the time having taken effect. */
  faults = 0

  constructor(random: () => number) {
    this.#random = random
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  /** Lets one go, which the seed chooses. */
  letOneGo(): void {
    const [go] = this.#held.splice(Math.floor(this.#random() * this.#held.length), 1)
    go?.()
  }

  /** A file system of its own, as another process would have. */
  fileSystem(): FileSystem {
    const calls: Record<string, unknown> = { ...nodeFileSystem }
    for (const [name, real] of Object.entries(nodeFileSystem)) {
      if (typeof real !== "function") continue
      const make = (...values: unknown[]) => this.#make(name as SeamCall["name"], values)
      const waits = name === "fsync" || name in inPlace
      calls[name] = waits ? (...values: unknown[]) => this.#hold(() => make(...values)) : make
    }
    return calls as unknown as FileSystem
  }

  #hold(make: () => unknown): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers()
    const answerLater = this.#random() < 0.5
    this.#held.push(() => {
      let answer: () => void
      try {
        const value = make()
        answer = () => resolve(value)
      } catch (error) {
        answer = () => resolve(Promise.reject(error))
      }
      if (answerLater) this.#held.push(answer)
      else answer()
    })
    return promise
  }

  #make(name: SeamCall["name"], values: readonly unknown[]): unknown {
    const fails = !name.startsWith("close") && this.#random() < this.faults
    if (!fails) return real(name, values)
    if (name !== "openSync" && this.#random() < 0.5) real(name, values)
    const code = codes[Math.floor(this.#random() * codes.length)]!
    throw systemError(code, { name, values, index: 0 })
  }
}

function real(name: SeamCall["name"], values: readonly unknown[]): unknown {
  // The disk's own time says nothing here.
  if (name.startsWith("fsync")) return undefined
  const call = nodeFileSystem[inPlace[name as keyof typeof inPlace] ?? name]
  return (call as (...values: readonly unknown[]) => unknown)(...values)
}
