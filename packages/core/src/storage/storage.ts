import { PersistError } from "@persist/atomic"
import { throwIfAborted, toMilliseconds } from "@persist/atomic/options"
import { JsonSerializer } from "../json/json-serializer.ts"
import type { Serializer } from "../serializer.ts"
import type { Change, Entry, HistoryEntry, HistoryKind } from "./entry.ts"
import { FormatRegistry, isDamage } from "./format-registry.ts"
import { globMatcher } from "./glob.ts"
import { folderPrefix, wholeKey } from "./key.ts"
import { Lifecycle } from "./lifecycle.ts"
import type * as o from "./options.ts"
import * as options from "./options.ts"
import type { NextValue, StoredValue } from "./primitives.ts"
import { corruptError, newestValid, newestValidSync, type Substitute } from "./recovery.ts"
import { StorageBackend, unsupported } from "./storage-backend.ts"
import { guarded, guardedSync, keyedError } from "./storage-error.ts"
import type { StorageSupport } from "./supports.ts"
import { publishRecovery, traced } from "./tracing.ts"
import { ValueCodec, type WriteIntent } from "./value-codec.ts"

/**
 * Values under keys, durable, in any format; the contract of every backend.
 *
 * The public methods validate, normalise, trace and encode here, once; a backend implements the
 * protected primitives of `StorageBackend`, on bytes and whole keys.
 */
export abstract class Storage extends StorageBackend implements AsyncDisposable {
  /** The format of values that name no other. */
  readonly serializer: Serializer
  /** The formats that this storage sees. */
  protected readonly formats: FormatRegistry
  /** Milliseconds since the epoch. */
  protected readonly clock: () => number
  protected readonly logger: o.Logger | undefined
  readonly #codec: ValueCodec
  readonly #lifecycle = new Lifecycle(this)

  constructor(storageOptions: o.StorageOptions = {}) {
    super()
    this.serializer = storageOptions.serializer ?? new JsonSerializer()
    this.formats = new FormatRegistry([this.serializer, ...(storageOptions.serializers ?? [])])
    this.clock = storageOptions.clock ?? Date.now
    this.logger = storageOptions.logger
    this.#codec = new ValueCodec(this.serializer, this.formats, storageOptions)
  }

  /** Makes further formats known to this storage; one that is known already stays as it is. */
  addFormats(...serializers: readonly Serializer[]): void {
    for (const serializer of serializers) this.formats.add(serializer)
  }

  /**
   * Saves `value` under `key`. The value is encoded before the call returns, so later changes to
   * it are not saved; the promise resolves when it is durable.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_CONFLICT` (with `ifRevision`),
   * `ERR_PERSIST_UNSUPPORTED`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  async save<T>(key: string, value: T, saveOptions: o.SaveOptions<T> = {}): Promise<Entry> {
    options.checkSave(saveOptions as o.SaveOptions)
    const name = wholeKey(key, saveOptions.subfolder)
    this.#requireFor(saveOptions)
    return this.#lifecycle.run("save", () => {
      throwIfAborted(saveOptions.signal, `Saving "${name}"`)
      const next = this.#codec.encode(name, value, saveOptions as WriteIntent)
      return traced("save", this, name, async () => {
        const entry = await guarded("save", name, () => this._write(name, next.bytes, next.request))
        return { ...entry, key }
      })
    })
  }

  /**
   * Loads the value under `key`; `undefined`, or the `default`, when there is none. A damaged value
   * is recovered from its newest valid version or backup, never replaced by the default.
   *
   * @throws `ERR_PERSIST_CORRUPT` when nothing valid is left, `ERR_PERSIST_FORMAT`, `ERR_PERSIST_INVALID_KEY`,
   * `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`, and what the serializer throws.
   */
  async load<T = unknown>(key: string, loadOptions: o.LoadOptions<T> & { default: T }): Promise<T>
  async load<T = unknown>(key: string, loadOptions?: o.LoadOptions<T>): Promise<T | undefined>
  async load<T>(key: string, loadOptions: o.LoadOptions<T> = {}): Promise<T | undefined> {
    const found = await this.loadEntry<T>(key, loadOptions)
    return found === undefined ? loadOptions.default : found.value
  }

  /** `load` with the entry beside the value: its revision for `ifRevision`, and `recovered`. */
  async loadEntry<T = unknown>(
    key: string,
    loadOptions: o.LoadOptions<T> = {},
  ): Promise<o.LoadedEntry<T> | undefined> {
    options.checkLoad(loadOptions)
    const { signal, version, serializer } = loadOptions
    const name = wholeKey(key, loadOptions.subfolder)
    if (serializer) this.formats.add(serializer)
    return this.#lifecycle.run("load", () => {
      throwIfAborted(signal, `Loading "${name}"`)
      return traced("load", this, name, async () => {
        const found =
          version === undefined
            ? await this.#loadCurrent(name, serializer, signal)
            : await this.#loadCopy(name, version, serializer, signal)
        return found && { value: found.value as T, entry: { ...found.entry, key } }
      })
    })
  }

  /**
   * Changes the value under `key` atomically: `change` gets the current value (or `default`) and
   * returns the next. No update is lost, from any process; `change` may run more than once.
   *
   * @returns The new value.
   * @throws As `load` and `save`, `ERR_PERSIST_TIMEOUT`, and what `change` throws; the value is then unchanged.
   */
  async update<T = unknown>(
    key: string,
    change: (current: T) => T | Promise<T>,
    updateOptions: o.UpdateOptions<T> & { default: T },
  ): Promise<T>
  async update<T = unknown>(
    key: string,
    change: (current: T | undefined) => T | Promise<T>,
    updateOptions?: o.UpdateOptions<T>,
  ): Promise<T>
  async update<T>(
    key: string,
    change: (current: T) => T | Promise<T>,
    updateOptions: o.UpdateOptions<T> = {},
  ): Promise<T> {
    options.checkUpdate(updateOptions as o.UpdateOptions)
    const { subfolder, signal, default: initial, timeout = 30_000, ...intent } = updateOptions
    this.#requireFor(intent)
    const name = wholeKey(key, subfolder)
    const milliseconds = toMilliseconds(timeout, "timeout")
    let result: T
    const next = async (current: StoredValue | undefined): Promise<NextValue> => {
      const value = current && (await this.#decodeOrRecover(name, current, undefined, signal)).value
      result = await change((current === undefined ? initial : value) as T)
      return this.#codec.encode(name, result, {
        ...(intent as WriteIntent),
        ...(signal && { signal }),
      })
    }
    await this.#lifecycle.run("update", () => {
      throwIfAborted(signal, `Updating "${name}"`)
      const request = { next, timeout: milliseconds, signal }
      return traced("update", this, name, () =>
        guarded("update", name, () => this._update(name, request)),
      )
    })
    return result!
  }

  /** Deletes the value under `key`; its history stays unless `history` is set. @returns Whether there was one. */
  async delete(key: string, deleteOptions: o.DeleteOptions = {}): Promise<boolean> {
    options.checkDelete(deleteOptions)
    const { signal, ifRevision, history } = deleteOptions
    const name = wholeKey(key, deleteOptions.subfolder)
    this.#requireFor(deleteOptions)
    return this.#lifecycle.run("delete", () => {
      throwIfAborted(signal, `Deleting "${name}"`)
      const request = this.#codec.deleteRequest(deleteOptions, ifRevision, history)
      return traced("delete", this, name, () =>
        guarded("delete", name, () => this._delete(name, request)),
      )
    })
  }

  /** Whether there is a value under `key`, in any known format. */
  async exists(key: string, statOptions: o.StatOptions = {}): Promise<boolean> {
    return (await this.stat(key, statOptions)) !== undefined
  }

  /** What is known of the value under `key` without reading it. */
  async stat(key: string, statOptions: o.StatOptions = {}): Promise<Entry | undefined> {
    options.checkStat(statOptions)
    const name = wholeKey(key, statOptions.subfolder)
    return this.#lifecycle.run("stat", () => {
      throwIfAborted(statOptions.signal, `Looking up "${name}"`)
      return traced("stat", this, name, async () => {
        const entry = await guarded("stat", name, () => this._stat(name, statOptions.signal))
        return entry && { ...entry, key }
      })
    })
  }

  /** The keys below `subfolder` that match `pattern`, relative to `subfolder`, sorted by code units. */
  async list(listOptions: o.ListOptions = {}): Promise<string[]> {
    options.checkList(listOptions)
    const prefix = folderPrefix(listOptions.subfolder)
    const matches = listOptions.pattern === undefined ? undefined : globMatcher(listOptions.pattern)
    return this.#lifecycle.run("list", () => {
      throwIfAborted(listOptions.signal, "Listing")
      return traced("list", this, prefix, async () => {
        const request = { prefix, signal: listOptions.signal }
        const whole = await guarded("list", prefix, () => this._keys(request))
        const keys = prefix === "" ? whole : whole.map((key) => key.slice(prefix.length))
        return (matches ? keys.filter(matches) : keys).sort()
      })
    })
  }

  /** The entries that `list` names, one at a time, in no particular order; memory stays flat. */
  async *entries(listOptions: o.ListOptions = {}): AsyncGenerator<Entry, void, undefined> {
    options.checkList(listOptions)
    const { signal } = listOptions
    const prefix = folderPrefix(listOptions.subfolder)
    const matches = listOptions.pattern === undefined ? undefined : globMatcher(listOptions.pattern)
    this.#lifecycle.assertOpen("entries")
    for await (const entry of this._entries({ prefix, signal })) {
      throwIfAborted(signal, "Listing")
      this.#lifecycle.assertOpen("entries")
      const key = entry.key.slice(prefix.length)
      if (matches === undefined || matches(key)) yield { ...entry, key }
    }
  }

  /** The immutable versions of `key`, oldest first. */
  async versions(key: string, statOptions: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#copies("version", key, statOptions)
  }

  /** The backups of `key`, oldest first. */
  async backups(key: string, statOptions: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#copies("backup", key, statOptions)
  }

  /**
   * Makes a version or backup the current value again; what it replaces is kept as a backup.
   *
   * @throws `ERR_PERSIST_NOT_FOUND` when there is no such copy.
   */
  async restore(key: string, id: string, restoreOptions: o.RestoreOptions = {}): Promise<Entry> {
    options.checkRestore(restoreOptions)
    this.#require("history", "restore")
    const { signal, backup = true } = restoreOptions
    const name = wholeKey(key, restoreOptions.subfolder)
    return this.#lifecycle.run("restore", () =>
      traced("restore", this, name, async () => {
        throwIfAborted(signal, `Restoring "${name}"`)
        const copy = await guarded("restore", name, () => this._readHistory(name, id, signal))
        if (copy === undefined) throw missingCopy(name, id)
        const request = this.#codec.writeRequest(copy.entry.format, {
          backup,
          ...(signal && { signal }),
        })
        const entry = await guarded("restore", name, () => this._write(name, copy.bytes, request))
        return { ...entry, key }
      }),
    )
  }

  /**
   * Changes made by anyone, from now until `signal` aborts or the storage closes; then the iteration ends.
   *
   * @throws `ERR_PERSIST_UNSUPPORTED` where `supports.watch` is false.
   */
  watch(watchOptions: o.WatchOptions = {}): AsyncIterable<Change> {
    options.checkWatch(watchOptions)
    this.#require("watch", "watch")
    this.#lifecycle.assertOpen("watch")
    const prefix = folderPrefix(watchOptions.subfolder)
    const only = watchOptions.key && wholeKey(watchOptions.key, watchOptions.subfolder)
    const signals = [this.#lifecycle.closed, ...(watchOptions.signal ? [watchOptions.signal] : [])]
    const changes = this._watch({ prefix, signal: AbortSignal.any(signals) })
    return relativeChanges(changes, prefix, only)
  }

  /** `save` for programs that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false. */
  saveSync<T>(key: string, value: T, saveOptions: o.SaveOptions<T> = {}): Entry {
    options.checkSave(saveOptions as o.SaveOptions)
    this.#require("sync", "saveSync")
    const name = wholeKey(key, saveOptions.subfolder)
    this.#lifecycle.assertOpen("saveSync")
    throwIfAborted(saveOptions.signal, `Saving "${name}"`)
    this.#requireFor(saveOptions)
    const next = this.#codec.encode(name, value, saveOptions as WriteIntent)
    const entry = guardedSync("save", name, () => this._writeSync(name, next.bytes, next.request))
    return { ...entry, key }
  }

  /** `load` for programs that cannot wait; a damaged value is read from history but mended only by the next `load`. */
  loadSync<T = unknown>(key: string, loadOptions: o.LoadOptions<T> & { default: T }): T
  loadSync<T = unknown>(key: string, loadOptions?: o.LoadOptions<T>): T | undefined
  loadSync<T>(key: string, loadOptions: o.LoadOptions<T> = {}): T | undefined {
    options.checkLoad(loadOptions)
    this.#require("sync", "loadSync")
    const { version, serializer } = loadOptions
    const name = wholeKey(key, loadOptions.subfolder)
    this.#lifecycle.assertOpen("loadSync")
    throwIfAborted(loadOptions.signal, `Loading "${name}"`)
    if (serializer) this.formats.add(serializer)
    const stored = guardedSync("load", name, () =>
      version === undefined ? this._readSync(name) : this._readHistorySync(name, version),
    )
    if (stored === undefined) {
      if (version !== undefined) throw missingCopy(name, version)
      return loadOptions.default
    }
    try {
      return this.#codec.decode(name, stored, serializer) as T
    } catch (reason) {
      if (!isDamage(reason)) throw keyedError("load", name, reason)
      const decode = (copy: StoredValue) => this.#codec.decode(name, copy, undefined)
      const read = (id: string) => this._readHistorySync(name, id)
      const substitute =
        version === undefined && this.supports.history
          ? newestValidSync(this._historySync(name), read, decode, reason)
          : undefined
      if (substitute === undefined) throw corruptError(name, stored, reason)
      this.#report(name, substitute)
      return substitute.value as T
    }
  }

  /** Waits for running operations, ends watches and releases everything. Later calls throw `ERR_PERSIST_CLOSED`. */
  async close(): Promise<void> {
    return this.#lifecycle.close(() => this._close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #loadCurrent(
    name: string,
    named: Serializer | undefined,
    signal: AbortSignal | undefined,
  ): Promise<o.LoadedEntry<unknown> | undefined> {
    const stored = await guarded("load", name, () => this._read(name, signal))
    throwIfAborted(signal, `Loading "${name}"`)
    if (stored === undefined) return undefined
    const found = await this.#decodeOrRecover(name, stored, named, signal)
    if (found.substitute === undefined) return { value: found.value, entry: stored.entry }
    const { stored: copy, recovery: recovered } = found.substitute
    const intent = { ifRevision: stored.entry.revision, ...(signal && { signal }) }
    try {
      const request = this.#codec.writeRequest(copy.entry.format, intent)
      const entry = await this._write(name, copy.bytes, request)
      return { value: found.value, entry: { ...entry, recovered } }
    } catch (error) {
      // Somebody else mended it or saved anew: theirs is the value.
      if (PersistError.is(error, "ERR_PERSIST_CONFLICT")) {
        return this.#loadCurrent(name, named, signal)
      }
      this.logger?.warn?.(`"${name}" was recovered, but its storage could not be mended.`, error)
      return { value: found.value, entry: { ...stored.entry, recovered } }
    }
  }

  async #loadCopy(
    name: string,
    id: string,
    named: Serializer | undefined,
    signal: AbortSignal | undefined,
  ): Promise<o.LoadedEntry<unknown>> {
    this.#require("history", "load")
    const stored = await guarded("load", name, () => this._readHistory(name, id, signal))
    if (stored === undefined) throw missingCopy(name, id)
    try {
      return { value: this.#codec.decode(name, stored, named), entry: stored.entry }
    } catch (error) {
      throw isDamage(error) ? corruptError(name, stored, error) : keyedError("load", name, error)
    }
  }

  async #decodeOrRecover(
    name: string,
    stored: StoredValue,
    named: Serializer | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ value: unknown; substitute?: Substitute }> {
    try {
      return { value: this.#codec.decode(name, stored, named) }
    } catch (reason) {
      if (!isDamage(reason)) throw keyedError("load", name, reason)
      await this._quarantine(name, stored, reason).catch((error: unknown) => {
        this.logger?.warn?.(`The damaged bytes of "${name}" could not be set aside.`, error)
      })
      const reader = {
        history: this.supports.history ? await this._history(name, signal) : [],
        read: (id: string) => this._readHistory(name, id, signal),
        decode: (copy: StoredValue) => this.#codec.decode(name, copy, undefined),
      }
      const substitute = await newestValid(reader, reason)
      if (substitute === undefined) throw corruptError(name, stored, reason)
      this.#report(name, substitute)
      return { value: substitute.value, substitute }
    }
  }

  #report(key: string, { recovery }: Substitute): void {
    publishRecovery({ key, ...recovery })
    this.logger?.warn?.(
      `"${key}" was damaged; recovered from its ${recovery.kind} ${recovery.from}.`,
      recovery.reason,
    )
  }

  async #copies(kind: HistoryKind, key: string, given: o.StatOptions): Promise<HistoryEntry[]> {
    options.checkStat(given)
    this.#require("history", `${kind}s`)
    const name = wholeKey(key, given.subfolder)
    return this.#lifecycle.run(`${kind}s`, async () => {
      throwIfAborted(given.signal, `Looking up "${name}"`)
      const history = await guarded("stat", name, () => this._history(name, given.signal))
      return history.filter((entry) => entry.kind === kind)
    })
  }

  #require(ability: keyof StorageSupport, operation: string): void {
    this.#lifecycle.assertOpen(operation)
    if (!this.supports[ability]) throw unsupported(this, ability)
  }

  #requireFor(intent: {
    version?: boolean
    backup?: boolean
    ttl?: unknown
    history?: boolean
  }): void {
    if (intent.version || intent.backup || intent.history) this.#require("history", "save")
    if (intent.ttl !== undefined) this.#require("ttl", "save")
  }
}

function missingCopy(name: string, id: string): PersistError {
  return new PersistError("ERR_PERSIST_NOT_FOUND", `"${name}" has no version or backup "${id}".`, {
    key: name,
  })
}

async function* relativeChanges(
  changes: AsyncIterable<Change>,
  prefix: string,
  only: string | undefined,
): AsyncGenerator<Change, void, undefined> {
  for await (const change of changes) {
    if (change.type === "gap") yield change
    else if (only === undefined || change.key === only) {
      yield { ...change, key: change.key.slice(prefix.length) }
    }
  }
}
