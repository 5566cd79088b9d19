import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { type Comparison, type Contender, row } from "../measure.ts"

/** One process per contender, each measured in turn, round by round. */
export class Processes {
  readonly #processes = new Map<string, ChildProcess>()
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  async compare(
    cell: string,
    size: number,
    contenders: readonly Pick<Contender, "name" | "lacks" | "target">[],
    rounds: number,
  ): Promise<Comparison> {
    const warmup = 4
    const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
    for (let round = -warmup; round < rounds; round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const { name } = contenders[(turn + round + warmup) % contenders.length]!
        const time = await this.#ask(name, { cell, size })
        if (round >= 0) times.get(name)!.push(time)
      }
    }
    const title = `${cell}, ${size === 1 ? "one key" : `${size.toLocaleString("en")} keys`}`
    const [ours] = contenders
    return { title, rows: contenders.map((each) => row(each, ours!, times, 1)) }
  }

  close(): void {
    for (const process of this.#processes.values()) process.disconnect()
  }

  async #ask(name: string, request: object): Promise<number> {
    let worker = this.#processes.get(name)
    if (worker === undefined) {
      worker = fork(join(import.meta.dirname, "worker.ts"), [name, String(this.#seed)], {
        execArgv: [],
      })
      this.#processes.set(name, worker)
    }
    const ended = new AbortController()
    worker.once("exit", () => ended.abort(new Error(`The process of ${name} ended.`)))
    const answer = once(worker, "message", { signal: ended.signal })
    worker.send(request)
    const [time] = await answer
    worker.removeAllListeners("exit")
    return time
  }
}
