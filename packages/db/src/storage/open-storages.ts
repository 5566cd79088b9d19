import { RunningChanges } from "@persist/core"
import type { TableStorage } from "./table-storage.ts"

/** The storages that `close` has to end. Those that nobody uses any more are not kept, unless they are watched. */
export class OpenStorages {
  /** Sessions follow calls in any case. */
  readonly changes: RunningChanges = new RunningChanges(true)
  readonly #references = new Set<WeakRef<TableStorage>>()
  readonly #watched = new Map<AbortSignal, TableStorage>()
  readonly #registry = new FinalizationRegistry<WeakRef<TableStorage>>((reference) => {
    this.#references.delete(reference)
  })

  add(storage: TableStorage): TableStorage {
    const reference = new WeakRef(storage)
    this.#references.add(reference)
    this.#registry.register(storage, reference)
    return storage
  }

  /** Keeps a storage as long as it is watched: until `watch` is aborted. */
  keep(storage: TableStorage, watch: AbortSignal): void {
    if (watch.aborted) return
    this.#watched.set(watch, storage)
    watch.addEventListener("abort", () => this.#watched.delete(watch), { once: true })
  }

  async close(): Promise<void> {
    const open = [...this.#references].map((reference) => reference.deref())
    await Promise.all(open.map((storage) => storage?.close()))
  }
}
