import type { TableStorage } from "./table-storage.ts"

/** The storages that `close` has to end. Those that nobody uses any more are not kept, unless they are watched. */
export class OpenStorages {
  readonly #references = new Set<WeakRef<TableStorage>>()
  readonly #watched = new Set<TableStorage>()
  readonly #registry = new FinalizationRegistry<WeakRef<TableStorage>>((reference) => {
    this.#references.delete(reference)
  })

  add(storage: TableStorage): void {
    const reference = new WeakRef(storage)
    this.#references.add(reference)
    this.#registry.register(storage, reference)
  }

  /** Keeps a storage whose watchers only `close` would end. */
  keep(storage: TableStorage): void {
    this.#watched.add(storage)
  }

  async close(): Promise<void> {
    const open = [...this.#references].map((reference) => reference.deref())
    await Promise.all(open.map((storage) => storage?.close()))
  }
}
