import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

/** A child process that runs one of `children/`, and what it said. */
export class Child {
  readonly #process
  readonly #end: Promise<unknown[]>
  #output = ""
  #errors = ""
  #hasEnded = false
  #wake: (() => void) | undefined

  constructor(name: string, args: readonly (string | number)[]) {
    const program = join(import.meta.dirname, "children", `${name}.ts`)
    this.#process = spawn(process.execPath, [program, ...args.map(String)], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    // Only then all that it said is here.
    this.#end = once(this.#process, "close")
    this.#process.stdout.on("data", (data) => {
      this.#output += data
      this.#wake?.()
    })
    this.#process.stderr.on("data", (data) => {
      this.#errors += data
    })
    this.#end.then(() => {
      this.#hasEnded = true
      this.#wake?.()
    })
  }

  /** The whole lines that it said so far. */
  get lines(): readonly string[] {
    return this.#output.split("\n").slice(0, -1)
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Waits until it has said something. */
  async firstLine(): Promise<void> {
    while (this.lines.length === 0) {
      if (this.hasEnded) throw new Error(`the child ended early: ${this.#errors}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Ends it at once, with no chance to tidy up, and waits until it is gone and all it said is here. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL")
    await this.end()
  }

  /** Waits for its end. @throws When it failed on its own. */
  async end(): Promise<void> {
    const [code] = await this.#end
    if (code !== 0 && code !== null) throw new Error(`the child failed: ${this.#errors}`)
  }
}
