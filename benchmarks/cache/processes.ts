import { join } from "node:path"
import type { Comparison, Contender } from "../measure.ts"
import { OwnProcesses } from "../own-processes.ts"

/** The cells of the cache's benchmark, every contender in a process of its own. */
export class Processes {
  readonly #processes: OwnProcesses

  constructor(seed: number) {
    this.#processes = new OwnProcesses(join(import.meta.dirname, "worker.ts"), seed)
  }

  compare(
    cell: string,
    size: number,
    contenders: readonly Pick<Contender, "name" | "lacks" | "target">[],
    rounds: number,
  ): Promise<Comparison> {
    const title = `${cell}, ${size === 1 ? "one key" : `${size.toLocaleString("en")} keys`}`
    const options = { rounds, warmup: 4 }
    return this.#processes.compare(title, { cell, size }, contenders, options)
  }

  close(): void {
    this.#processes.close()
  }
}
