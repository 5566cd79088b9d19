import type { Serializer } from "../serializer.ts"
import type { Entry } from "./entry.ts"
import { wholeKey } from "./key.ts"
import { checkLoad, checkStat } from "./option-checks.ts"
import type { LoadedEntry, LoadOptions, StatOptions } from "./options.ts"
import { guarded } from "./storage-error.ts"
import { named, type StorageParts } from "./storage-parts.ts"
import type { ValueReader } from "./value-reader.ts"
import { SyncValueReader } from "./value-reader-sync.ts"

/** The operations of a storage that look at one value: `load`, `stat`, `exists`. */
export class Reading {
  readonly #parts: StorageParts
  readonly #reader: ValueReader
  readonly #syncReader: SyncValueReader

  constructor(parts: StorageParts, reader: ValueReader) {
    this.#parts = parts
    this.#reader = reader
    this.#syncReader = new SyncValueReader(parts)
  }

  async load(key: string, options: LoadOptions): Promise<LoadedEntry<unknown> | undefined> {
    const { name, serializer, version } = this.#prepare("load", key, options)
    const { signal } = options
    return this.#parts.operations.run("load", name, signal, async () => {
      const intent = { key: name, serializer, signal }
      if (version === undefined) {
        const found = await this.#reader.current(intent)
        return found && { value: found.value, entry: named(found.entry, key) }
      }
      const { value, entry } = await this.#reader.copy(intent, version)
      return { value, entry: named(entry, key) }
    })
  }

  /** The value in a box that is absent when there is none. */
  loadSync(key: string, options: LoadOptions): { readonly value: unknown } | undefined {
    const { operations } = this.#parts
    const { name, serializer, version } = this.#prepare("loadSync", key, options)
    operations.require("sync", "loadSync")
    return operations.runSync("load", name, options.signal, () =>
      version === undefined
        ? this.#syncReader.current(name, serializer)
        : this.#syncReader.copy(name, version, serializer),
    )
  }

  async stat(
    operation: "exists" | "stat",
    key: string,
    options: StatOptions,
  ): Promise<Entry | undefined> {
    checkStat(options)
    const { backend, operations } = this.#parts
    const { signal } = options
    const name = wholeKey(key, options.subfolder)
    return operations.run(operation, name, signal, async () => {
      const entry = await guarded(operation, name, signal, () => backend.stat(name, signal))
      return entry === undefined ? undefined : named(entry, key)
    })
  }

  #prepare(operation: string, key: string, options: LoadOptions) {
    checkLoad(options)
    const { version } = options
    const serializer = options.serializer as Serializer | undefined
    const name = wholeKey(key, options.subfolder)
    if (version !== undefined) this.#parts.operations.require("history", operation)
    if (serializer) this.#parts.formats.add(serializer)
    return { name, serializer, version }
  }
}
