import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../programs/near-cache.ts", import.meta.url))

/** A `CacheStorage` in a process of its own, told of what others do by the bus at `url`. */
export class NearCacheProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(url: string): Promise<NearCacheProcess> {
    const started = new NearCacheProcess(fork(program, [url], { serialization: "advanced" }))
    await once(started.#child, "message")
    return started
  }

  /** Calls a method of the cache there; one call after the other. */
  async call(name: string, ...args: unknown[]): Promise<unknown> {
    const answered = once(this.#child, "message")
    this.#child.send([name, ...args])
    const [answer] = await answered
    return answer[0]
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}
