import { toMilliseconds } from "@persist/atomic/options"
import { JsonSerializer } from "../json/json-serializer.ts"
import type { Serializer } from "../serializer.ts"
import type { Change, Entry, HistoryEntry, HistoryKind } from "./entry.ts"
import { FormatRegistry } from "./format-registry.ts"
import { globMatcher } from "./glob/glob.ts"
import { isHistoryId } from "./history-id.ts"
import { folderPrefix, wholeKey } from "./key.ts"
import { Operations } from "./operations.ts"
import * as check from "./option-checks.ts"
import type * as o from "./options.ts"
import { StorageBackend, unsupported } from "./storage-backend.ts"
import { guarded, guardedSync } from "./storage-error.ts"
import type { StorageSupport } from "./supports.ts"
import { updateRequest } from "./update.ts"
import { ValueCodec, type WriteIntent } from "./value-codec.ts"
import { missingCopy, ValueReader } from "./value-reader.ts"
import { SyncValueReader } from "./value-reader-sync.ts"
import { startWatch } from "./watch.ts"

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
  readonly #operations = new Operations(this)
  readonly #reader: ValueReader
  readonly #syncReader: SyncValueReader

  constructor(options: o.StorageOptions = {}) {
    super()
    check.checkStorageOptions(options)
    this.serializer = options.serializer ?? new JsonSerializer()
    this.formats = new FormatRegistry([this.serializer, ...(options.serializers ?? [])])
    this.clock = options.clock ?? Date.now
    this.logger = options.logger
    this.#codec = new ValueCodec(this.serializer, this.formats, options)
    this.#reader = new ValueReader(
      {
        read: (key, signal) => this._read(key, signal),
        write: (key, bytes, request) => this._write(key, bytes, request),
        history: async (key, signal) => (this.supports.history ? this._history(key, signal) : []),
        copy: (key, id, signal) => this._readHistory(key, id, signal),
        quarantine: (key, damaged, reason) => this._quarantine(key, damaged, reason),
      },
      this.#codec,
      this.logger,
    )
    this.#syncReader = new SyncValueReader(
      {
        read: (key) => this._readSync(key),
        history: (key) => (this.supports.history ? this._historySync(key) : []),
        copy: (key, id) => this._readHistorySync(key, id),
      },
      this.#codec,
      this.logger,
    )
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
  async save<T = unknown>(
    key: string,
    value: NoInfer<T>,
    options: o.SaveOptions<T> = {},
  ): Promise<Entry> {
    check.checkSave(options as o.SaveOptions)
    const name = wholeKey(key, options.subfolder)
    this.#requireFor("save", options)
    const { signal } = options
    return this.#operations.run("save", name, signal, async () => {
      const { bytes, request } = this.#codec.encode(name, value, options as WriteIntent)
      const entry = await guarded("save", name, signal, () => this._write(name, bytes, request))
      return named(entry, key)
    })
  }

  /**
   * Loads the value under `key`; `undefined`, or the `default`, when there is none. A damaged value
   * is recovered from its newest valid version or backup, never replaced by the default.
   *
   * @throws `ERR_PERSIST_CORRUPT` when nothing valid is left, `ERR_PERSIST_FORMAT`, `ERR_PERSIST_INVALID_KEY`,
   * `ERR_PERSIST_NOT_FOUND` (with `version`), `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`,
   * and what the serializer throws.
   */
  async load<T = unknown>(key: string, options: o.LoadOptions<T> & { default: T }): Promise<T>
  async load<T = unknown>(key: string, options?: o.LoadOptions<T>): Promise<T | undefined>
  async load<T>(key: string, options: o.LoadOptions<T> = {}): Promise<T | undefined> {
    const found = await this.loadEntry<T>(key, options)
    return found === undefined ? options.default : found.value
  }

  /** `load` with the entry beside the value: its revision for `ifRevision`, and `recovered`. */
  async loadEntry<T = unknown>(
    key: string,
    options: o.LoadOptions<T> = {},
  ): Promise<o.LoadedEntry<T> | undefined> {
    check.checkLoad(options)
    const { signal, version, serializer } = options
    const name = wholeKey(key, options.subfolder)
    if (version !== undefined) this.#require("history", "load")
    if (serializer) this.formats.add(serializer)
    return this.#operations.run("load", name, signal, async () => {
      const intent = { key: name, serializer, signal }
      const found =
        version === undefined
          ? await this.#reader.current(intent)
          : await this.#reader.copy(intent, knownId(name, version))
      return found && { value: found.value as T, entry: named(found.entry, key) }
    })
  }

  /**
   * Changes the value under `key` atomically: `change` gets the current value (or `default`) and
   * returns the next. No update is lost, from any process. `change` may run more than once, and must
   * neither wait for another operation on the same key nor close the storage. The expiry stays,
   * unless a `ttl` is given.
   *
   * @returns The new value.
   * @throws As `load` and `save`, `ERR_PERSIST_TIMEOUT`, and what `change` throws; the value is then unchanged.
   */
  async update<T = unknown>(
    key: string,
    change: (current: T) => T | Promise<T>,
    options: o.UpdateOptions<T> & { default: T },
  ): Promise<T>
  async update<T = unknown>(
    key: string,
    change: (current: T | undefined) => T | Promise<T>,
    options?: o.UpdateOptions<T>,
  ): Promise<T>
  async update<T>(
    key: string,
    change: (current: T) => T | Promise<T>,
    options: o.UpdateOptions<T> = {},
  ): Promise<T> {
    check.checkUpdate(options as o.UpdateOptions)
    const { signal, timeout = 30_000 } = options
    const name = wholeKey(key, options.subfolder)
    const milliseconds = toMilliseconds(timeout, "timeout")
    this.#requireFor("update", options)
    if (options.serializer) this.formats.add(options.serializer)
    return this.#operations.run("update", name, signal, async () => {
      const update = updateRequest(name, change, options, milliseconds, this.#codec, this.#reader)
      try {
        await guarded("update", name, signal, () => this._update(name, update.request))
      } catch (error) {
        throw update.reason(error)
      }
      return update.result()
    })
  }

  /**
   * Deletes the value under `key`; its history stays unless `history` is set.
   *
   * @returns Whether there was one.
   * @throws `ERR_PERSIST_CONFLICT` when `ifRevision` is not the revision that is there.
   */
  async delete(key: string, options: o.DeleteOptions = {}): Promise<boolean> {
    check.checkDelete(options)
    const { signal } = options
    const name = wholeKey(key, options.subfolder)
    this.#requireFor("delete", options)
    return this.#operations.run("delete", name, signal, () =>
      guarded("delete", name, signal, () => this._delete(name, this.#codec.deleteRequest(options))),
    )
  }

  /** Whether there is a value under `key`, in any known format. */
  async exists(key: string, options: o.StatOptions = {}): Promise<boolean> {
    return (await this.#stat("exists", key, options)) !== undefined
  }

  /** What is known of the value under `key` without reading it. */
  async stat(key: string, options: o.StatOptions = {}): Promise<Entry | undefined> {
    const entry = await this.#stat("stat", key, options)
    return entry && named(entry, key)
  }

  /** The keys below `subfolder` that match `pattern`, relative to `subfolder`, sorted by code units. */
  async list(options: o.ListOptions = {}): Promise<string[]> {
    const { prefix, matches, signal } = this.#scan(options)
    return this.#operations.run("list", prefix, signal, async () => {
      const whole = await guarded("list", prefix, signal, () => this._keys({ prefix, signal }))
      const keys = prefix === "" ? whole : whole.map((key) => key.slice(prefix.length))
      return (matches ? keys.filter(matches) : keys).sort()
    })
  }

  /** The entries that `list` names, one at a time, in no particular order; memory stays flat. */
  entries(options: o.ListOptions = {}): AsyncGenerator<Entry, void, undefined> {
    const { prefix, matches, signal } = this.#scan(options)
    this.#operations.assertReady("entries", prefix, signal)
    const whole = guardedSync("entries", prefix, () =>
      this._entries({ prefix, signal })[Symbol.asyncIterator](),
    )
    const steps = this.#operations.walk("entries", prefix, signal, whole, { endsOnClose: false })
    return relative(steps, prefix, matches)
  }

  /** The immutable versions of `key`, oldest first. */
  async versions(key: string, options: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#copies("version", key, options)
  }

  /** The backups of `key`, oldest first. */
  async backups(key: string, options: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#copies("backup", key, options)
  }

  /**
   * Makes a version or backup the current value again; what it replaces is kept as a backup.
   *
   * @throws `ERR_PERSIST_NOT_FOUND` when there is no such copy, `ERR_PERSIST_UNSUPPORTED`.
   */
  async restore(key: string, id: string, options: o.RestoreOptions = {}): Promise<Entry> {
    check.checkRestore(options)
    const { signal, backup = true } = options
    const name = wholeKey(key, options.subfolder)
    this.#require("history", "restore")
    return this.#operations.run("restore", name, signal, () =>
      guarded("restore", name, signal, async () => {
        const copy = await this._readHistory(name, knownId(name, id), signal)
        if (copy === undefined) throw missingCopy(name, id)
        const request = this.#codec.writeRequest(copy.entry.format, { backup, signal })
        return named(await this._write(name, copy.bytes, request), key)
      }),
    )
  }

  /**
   * Changes made by anyone, from this call on, until `signal` aborts or the storage closes; then the
   * iteration ends. Iterate it or abort it: until then it holds the changes.
   *
   * @throws `ERR_PERSIST_UNSUPPORTED` where `supports.watch` is false.
   */
  watch(options: o.WatchOptions = {}): AsyncIterable<Change> {
    check.checkWatch(options)
    const prefix = folderPrefix(options.subfolder)
    const only = options.key === undefined ? undefined : wholeKey(options.key, options.subfolder)
    this.#require("watch", "watch")
    return startWatch(this.#operations, prefix, only, options.signal, (request) =>
      guardedSync("watch", prefix, () => this._watch(request)),
    )
  }

  /** `save` for programs that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false. */
  saveSync<T = unknown>(key: string, value: NoInfer<T>, options: o.SaveOptions<T> = {}): Entry {
    check.checkSave(options as o.SaveOptions)
    const name = wholeKey(key, options.subfolder)
    this.#require("sync", "saveSync")
    this.#requireFor("saveSync", options)
    return this.#operations.runSync("save", name, options.signal, () => {
      const { bytes, request } = this.#codec.encode(name, value, options as WriteIntent)
      return named(
        guardedSync("save", name, () => this._writeSync(name, bytes, request)),
        key,
      )
    })
  }

  /** `load` for programs that cannot wait; a damaged value is read from history but mended only by the next `load`. */
  loadSync<T = unknown>(key: string, options: o.LoadOptions<T> & { default: T }): T
  loadSync<T = unknown>(key: string, options?: o.LoadOptions<T>): T | undefined
  loadSync<T>(key: string, options: o.LoadOptions<T> = {}): T | undefined {
    check.checkLoad(options)
    const { version, serializer } = options
    const name = wholeKey(key, options.subfolder)
    this.#require("sync", "loadSync")
    if (version !== undefined) this.#require("history", "loadSync")
    if (serializer) this.formats.add(serializer)
    return this.#operations.runSync("load", name, options.signal, () => {
      const found =
        version === undefined
          ? this.#syncReader.current(name, serializer)
          : this.#syncReader.copy(name, knownId(name, version), serializer)
      return found === undefined ? options.default : (found.value as T)
    })
  }

  /**
   * Waits for running operations, ends watches and listings, and releases everything. Later calls
   * throw `ERR_PERSIST_CLOSED`; further calls of `close` wait for the same end.
   */
  async close(): Promise<void> {
    return this.#operations.lifecycle.close(() =>
      guarded("close", "", undefined, () => this._close()),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #stat(
    operation: "exists" | "stat",
    key: string,
    options: o.StatOptions,
  ): Promise<Entry | undefined> {
    check.checkStat(options)
    const { signal } = options
    const name = wholeKey(key, options.subfolder)
    return this.#operations.run(operation, name, signal, () =>
      guarded(operation, name, signal, () => this._stat(name, signal)),
    )
  }

  async #copies(kind: HistoryKind, key: string, options: o.StatOptions): Promise<HistoryEntry[]> {
    check.checkStat(options)
    const { signal } = options
    const operation = `${kind}s` as const
    const name = wholeKey(key, options.subfolder)
    this.#require("history", operation)
    return this.#operations.run(operation, name, signal, async () => {
      const history = await guarded(operation, name, signal, () => this._history(name, signal))
      return history.filter((entry) => entry.kind === kind)
    })
  }

  #scan(options: o.ListOptions) {
    check.checkList(options)
    const { pattern, signal, subfolder } = options
    const matches = pattern === undefined ? undefined : globMatcher(pattern)
    return { prefix: folderPrefix(subfolder), matches, signal }
  }

  #require(ability: keyof StorageSupport, operation: string): void {
    this.#operations.lifecycle.assertOpen(operation)
    if (!this.supports[ability]) throw unsupported(this, ability)
  }

  #requireFor(
    operation: string,
    intent: WriteIntent & { readonly history?: boolean | undefined },
  ): void {
    if (intent.version || intent.backup || intent.history) this.#require("history", operation)
    if (intent.ttl !== undefined) this.#require("ttl", operation)
  }
}

/** An entry under the key that the caller used. */
function named(entry: Entry, key: string): Entry {
  return entry.key === key ? entry : { ...entry, key }
}

/** @throws `ERR_PERSIST_NOT_FOUND` for what cannot be an id, so that no backend has to look at it. */
function knownId(name: string, id: string): string {
  if (isHistoryId(id)) return id
  throw missingCopy(name, id)
}

async function* relative(
  entries: AsyncIterable<Entry>,
  prefix: string,
  matches: ((key: string) => boolean) | undefined,
): AsyncGenerator<Entry, void, undefined> {
  for await (const entry of entries) {
    const key = entry.key.slice(prefix.length)
    if (matches === undefined || matches(key)) yield named(entry, key)
  }
}
