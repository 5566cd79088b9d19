import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { type Comparison, type Contender, row } from "./measure.ts"

export interface OwnProcessesOptions {
  /** Timed rounds of every contender. */
  readonly rounds: number
  /** Untimed rounds before. */
  readonly warmup: number
}

/**
 * One process per contender, each measured in turn, round by round: nobody pays for the garbage that
 * another one left, or for what the engine learnt from another's use of the code that both call.
 */
export class OwnProcesses {
  readonly #processes = new Map<string, ChildProcess>()
  readonly #program: string
  readonly #seed: number

  /** `program` is started with a contender's name and the seed, and answers a request with the nanoseconds of one operation. */
  constructor(program: string, seed: number) {
    this.#program = program
    this.#seed = seed
  }

  async compare(
    title: string,
    request: string | object,
    contenders: readonly Pick<Contender, "name" | "lacks" | "target">[],
    { rounds, warmup }: OwnProcessesOptions,
  ): Promise<Comparison> {
    const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
    for (let round = -warmup; round < rounds; round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const { name } = contenders[(turn + round + warmup) % contenders.length]!
        const time = await this.#ask(name, request)
        if (round >= 0) times.get(name)!.push(time)
      }
    }
    const [ours] = contenders
    return { title, rows: contenders.map((each) => row(each, ours!, times, 1)) }
  }

  close(): void {
    for (const process of this.#processes.values()) process.disconnect()
  }

  async #ask(name: string, request: string | object): Promise<number> {
    let worker = this.#processes.get(name)
    if (worker === undefined) {
      worker = fork(this.#program, [name, String(this.#seed)], { execArgv: ["--expose-gc"] })
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
