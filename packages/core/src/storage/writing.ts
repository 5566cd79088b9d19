import { PersistError } from "@persist/atomic"
import { longestTimer, toMilliseconds } from "@persist/atomic/options"
import type { Serializer } from "../serializer.ts"
import type { Entry } from "./entry.ts"
import { wholeKey } from "./key.ts"
import { checkDelete, checkSave, checkUpdate } from "./option-checks.ts"
import type { DeleteOptions, SaveOptions, UpdateOptions } from "./options.ts"
import type { NextValue } from "./primitives.ts"
import { guarded, guardedSync, storageError } from "./storage-error.ts"
import { named, type StorageParts } from "./storage-parts.ts"
import { isTraced } from "./tracing.ts"
import { updateRequest } from "./update.ts"
import type { UnfinishedValue, WriteIntent } from "./value-codec.ts"
import type { ValueReader } from "./value-reader.ts"

/** The operations of a storage that change a value: `save`, `update`, `delete`. */
export class Writing {
  readonly #parts: StorageParts
  readonly #reader: ValueReader

  constructor(parts: StorageParts, reader: ValueReader) {
    this.#parts = parts
    this.#reader = reader
  }

  /** @throws Instead of rejecting, what is wrong with the call. */
  save(key: string, value: unknown, options: SaveOptions): Promise<Entry> {
    checkSave(options)
    const { backend, operations } = this.#parts
    const name = wholeKey(key, options.subfolder)
    const { signal } = options
    this.#requireFor("save", options)
    // Hot paths, this and update: each promise less is felt.
    const isAhead = signal === undefined && backend.writesLater
    let encoded: UnfinishedValue | undefined
    // Who listens hears of values that cannot be encoded too.
    if (isAhead && !isTraced("save")) {
      operations.lifecycle.assertOpen("save")
      encoded = this.#encode(name, value, options as WriteIntent, true)
      const { bytes, request, finish } = encoded
      const write = () => backend.writeAtOnce(name, bytes, request)
      const done = finish === undefined ? guardedSync("save", name, write) : undefined
      if (done !== undefined) return Promise.resolve(named(done, key))
    }
    return operations.run("save", name, signal, async () => {
      const ready = encoded ?? this.#encode(name, value, options as WriteIntent, isAhead)
      const { bytes, request, finish } = ready
      if (finish !== undefined) return named(await this.#writeAhead(name, ready, finish), key)
      try {
        return named(await backend.write(name, bytes, request), key)
      } catch (error) {
        throw storageError("save", name, error, signal)
      }
    })
  }

  saveSync(key: string, value: unknown, options: SaveOptions): Entry {
    checkSave(options)
    const { backend, codec, operations } = this.#parts
    const name = wholeKey(key, options.subfolder)
    operations.require("sync", "saveSync")
    this.#requireFor("saveSync", options)
    return operations.runSync("save", name, options.signal, () => {
      const { bytes, request } = codec.encode(name, value, options as WriteIntent)
      const entry = guardedSync("save", name, () => backend.writeSync(name, bytes, request))
      return named(entry, key)
    })
  }

  async update<T>(
    key: string,
    change: (current: T) => T | Promise<T>,
    options: UpdateOptions<T>,
  ): Promise<T> {
    checkUpdate(options as UpdateOptions)
    const { backend, codec, formats, operations } = this.#parts
    const { signal, timeout = 30_000 } = options
    const serializer = options.serializer as Serializer | undefined
    const name = wholeKey(key, options.subfolder)
    const milliseconds = Math.min(toMilliseconds(timeout, "timeout"), longestTimer)
    if (typeof change !== "function") {
      const message = `update of "${name}": the change is of type ${typeof change}; give a function.`
      throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message, { key: name })
    }
    this.#requireFor("update", options)
    if (serializer) formats.add(serializer)
    return await operations.run("update", name, signal, async () => {
      const update = updateRequest(name, change, options, milliseconds, codec, this.#reader)
      try {
        await backend.update(name, update.request)
      } catch (error) {
        throw update.reason(storageError("update", name, error, signal))
      }
      return update.result()
    })
  }

  async delete(key: string, options: DeleteOptions): Promise<boolean> {
    checkDelete(options)
    const { backend, codec, operations } = this.#parts
    const { signal } = options
    const name = wholeKey(key, options.subfolder)
    this.#requireFor("delete", options)
    return operations.run("delete", name, signal, () =>
      guarded("delete", name, signal, () => backend.delete(name, codec.deleteRequest(options))),
    )
  }

  #encode(key: string, value: unknown, intent: WriteIntent, isAhead: boolean): UnfinishedValue {
    const { codec } = this.#parts
    const ahead = isAhead ? codec.encodeAhead(key, value, intent) : undefined
    return ahead ?? codec.encode(key, value, intent)
  }

  /** The rest of the encoding goes on while the disk writes; a value that is refused then was never there. */
  async #writeAhead(
    name: string,
    { bytes, request }: NextValue,
    finish: () => void,
  ): Promise<Entry> {
    const stop = new AbortController()
    const stoppable = { ...request, signal: stop.signal }
    const writing = guarded("save", name, undefined, () =>
      this.#parts.backend.write(name, bytes, stoppable),
    )
    try {
      finish()
    } catch (error) {
      stop.abort()
      await writing.catch(() => {})
      throw error
    }
    return await writing
  }

  #requireFor(
    operation: string,
    intent: WriteIntent & { readonly history?: boolean | undefined },
  ): void {
    const { operations } = this.#parts
    if (intent.version || intent.backup || intent.history) operations.require("history", operation)
    if (intent.ttl !== undefined) operations.require("ttl", operation)
    if (intent.fence !== undefined) operations.require("fence", operation)
  }
}
