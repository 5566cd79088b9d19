import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** What came of a call: a value, or the code of an error. */
export interface Answer {
  readonly value?: unknown
  readonly code?: string
}

/** A process of its own that makes calls on the states of a folder, one after another. */
export class HistoryAgent {
  /** Schema version of the data that it knows. */
  readonly version: number
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>

  constructor(version: number, skew: number) {
    this.version = version
    const program = join(import.meta.dirname, "programs/history-agent.ts")
    this.#child = spawn(process.execPath, [program, String(version), String(skew)], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  async call(...call: readonly unknown[]): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(call)}\n`)
    const { done, value } = await this.#answers.next()
    if (done) throw new Error(`The agent ended at ${JSON.stringify(call)}.`)
    return JSON.parse(value) as Answer
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill()
    await once(this.#child, "exit")
  }
}
