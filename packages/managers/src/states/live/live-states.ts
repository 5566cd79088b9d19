import type { Logger } from "@persist/core"
import type { StateStore } from "../state-store.ts"
import { freezeWhole } from "./freeze.ts"
import { cannotSaveAtExit, type LiveStateOptions, liveSettings } from "./live-options.ts"
import { LiveState } from "./live-state.ts"
import { LiveStore } from "./live-store.ts"

/** The live states of one manager that are open. */
export class LiveStates<Data, Input> {
  readonly #store: StateStore<Data, Input>
  readonly #logger: Logger | undefined
  readonly #open = new Set<{ close(): Promise<void> }>()

  constructor(store: StateStore<Data, Input>, logger: Logger | undefined) {
    this.#store = store
    this.#logger = logger
  }

  async open<T extends Data & Input>(
    name: string,
    options: LiveStateOptions<T>,
  ): Promise<LiveState<T>> {
    const store = new LiveStore(name, this.#store as unknown as StateStore<T, T>)
    liveSettings(options)
    // In any case, so that who changes it hears of that in every run, not in the first alone.
    freezeWhole(options.initial)
    const found = await store.load(options.signal)
    const value = found === undefined ? options.initial : found.data
    if (options.saveAtExit && !this.#store.storage.supports.sync) throw cannotSaveAtExit()
    const forget = () => this.#open.delete(live)
    const isSaved = found !== undefined
    const live: LiveState<T> = new LiveState(store, value, isSaved, options, this.#logger, forget)
    this.#open.add(live)
    return live
  }

  /** Saves and closes all. @throws What went wrong first; what could be saved is closed then, the others stay open. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled([...this.#open].map((live) => live.close()))
    const failed = closed.find((one) => one.status === "rejected")
    if (failed) throw failed.reason
  }
}
