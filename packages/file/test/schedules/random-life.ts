import { PersistError } from "@persist/core"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import type { Observed } from "../../../core/src/conformance/linearizable.ts"
import { FileStorage } from "../../src/index.ts"
import { acts, type Effect, type Value } from "./acts.ts"
import { HeldCalls } from "./held-file-system.ts"

/** One operation as a client saw it. */
export interface Seen extends Observed<Value> {
  /** Nobody knows whether it took effect. */
  readonly isOpen: boolean
  readonly what: string
}

const nothing: Effect = (state) => ({ fits: true, next: state })
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Storages of one directory, and what their clients do and see, in an order that the seed chooses. */
export class RandomLife {
  readonly seen: Seen[] = []
  readonly #directory: string
  readonly #random: () => number
  readonly #calls: HeldCalls
  readonly #storages: FileStorage[]
  #time = 0
  #lastId = 0

  /** @param faults How likely a call fails. */
  constructor(directory: string, seed: number, faults: number) {
    this.#directory = directory
    this.#random = seededRandom(seed)
    this.#calls = new HeldCalls(this.#random)
    this.#calls.faults = faults
    this.#storages = Array.from({ length: 1 + this.#below(3) }, () => this.#open())
  }

  /** Lets three clients live, closes all, and looks at what is there. */
  async run(): Promise<void> {
    await this.#whileLettingGo(Promise.all([this.#client(), this.#client(), this.#client()]))
    this.#calls.faults = 0
    await this.#whileLettingGo(Promise.all(this.#storages.map((storage) => storage.close())))
    await using fresh = new FileStorage({ directory: this.#directory, durability: "none" })
    await this.#observe("load", fresh)
    const { problems } = await fresh.verify()
    if (problems.length > 0) throw new Error(`verify found ${JSON.stringify(problems)}`)
  }

  async #client(): Promise<void> {
    const names = Object.keys(acts)
    for (let count = 0; count < 4; count++) {
      const index = this.#below(this.#storages.length)
      if (this.#random() < 0.05) {
        const [former] = this.#storages.splice(index, 1, this.#open())
        await former!.close()
      }
      await this.#observe(names[this.#below(names.length)]!, this.#storages[index]!)
    }
  }

  async #observe(name: string, storage: FileStorage): Promise<void> {
    const { act, whenOpen = () => nothing } = acts[name]!
    const id = ++this.#lastId
    const began = this.#time++
    const note = (apply: Effect, isOpen: boolean, what: string) => {
      this.seen.push({ began, ended: this.#time++, apply, isOpen, what: `${name} ${id} ${what}` })
    }
    try {
      note(await act(storage, id), false, "done")
    } catch (error) {
      if (!PersistError.is(error) || !this.#isExpected(error)) throw error
      const isOpen = error.code === "ERR_PERSIST_INDETERMINATE"
      note(isOpen ? whenOpen(id) : nothing, isOpen, error.code)
    }
  }

  // Others close storages.
  #isExpected(error: PersistError): boolean {
    return this.#calls.faults > 0 || error.code === "ERR_PERSIST_CLOSED"
  }

  async #whileLettingGo(work: Promise<unknown>): Promise<void> {
    let isOver = false
    const end = () => {
      isOver = true
    }
    work.then(end, end)
    while (!isOver) {
      // Who can go on goes as far as it can.
      for (let turns = 0; turns < 3; turns++) await turn()
      this.#calls.letOneGo()
    }
    await work
  }

  #open(): FileStorage {
    const durability = (["full", "file", "none"] as const)[this.#below(3)]!
    const fileSystem = this.#calls.fileSystem()
    return new FileStorage({ directory: this.#directory, durability, fileSystem })
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}
