import { JsonSerializer } from "../json/json-serializer.ts"
import type { Serializer } from "../serializer.ts"
import { storageClock } from "./clock.ts"
import type { Change, Entry, HistoryEntry } from "./entry.ts"
import { FormatRegistry } from "./format-registry.ts"
import { History } from "./history.ts"
import { folderPrefix, wholeKey } from "./key.ts"
import { Listing } from "./listing.ts"
import { patientLogger } from "./logging.ts"
import { Operations } from "./operations.ts"
import { checkStorageOptions } from "./option-checks.ts"
import type * as o from "./options.ts"
import type { WriteRequest } from "./primitives.ts"
import { Reading } from "./reading.ts"
import { primitivesOf, StorageBackend } from "./storage-backend.ts"
import { guarded } from "./storage-error.ts"
import { type BackendOperation, keepParts } from "./storage-parts.ts"
import { ValueCodec, type WriteIntent } from "./value-codec.ts"
import { ValueReader } from "./value-reader.ts"
import { Writing } from "./writing.ts"

/**
 * Values under keys, durable, in any format; the contract of every backend.
 *
 * The public methods validate, normalise, trace and encode, once; a backend implements the protected
 * primitives of `StorageBackend`, on bytes and whole keys.
 */
export abstract class Storage extends StorageBackend implements AsyncDisposable {
  /** The format of values that name no other. */
  readonly serializer: Serializer
  /** The formats that this storage sees. */
  protected readonly formats: FormatRegistry
  /** Whole milliseconds since the epoch. */
  protected readonly clock: () => number
  protected readonly logger: o.Logger | undefined
  readonly #codec: ValueCodec
  readonly #operations: Operations
  readonly #writing: Writing
  readonly #reading: Reading
  readonly #listing: Listing
  readonly #history: History

  constructor(options: o.StorageOptions = {}) {
    super()
    checkStorageOptions(options)
    this.serializer = options.serializer ?? new JsonSerializer()
    this.formats = new FormatRegistry([this.serializer, ...(options.serializers ?? [])])
    this.clock = storageClock(options.clock)
    this.logger = patientLogger(options.logger)
    const { formats, logger } = this
    const codec = new ValueCodec(this.serializer, formats, { ...options, clock: this.clock })
    this.#codec = codec
    this.#operations = new Operations(this)
    const operations = this.#operations
    const parts = { backend: primitivesOf(this), operations, codec, formats, logger }
    keepParts(this, parts)
    const reader = new ValueReader(parts)
    this.#writing = new Writing(parts, reader)
    this.#reading = new Reading(parts, reader)
    this.#listing = new Listing(parts)
    this.#history = new History(parts)
  }

  /** Makes further formats known to this storage; one that is known already stays as it is. */
  addFormats(...serializers: readonly Serializer[]): void {
    checkStorageOptions({ serializers })
    for (const serializer of serializers) this.formats.add(serializer)
  }

  /**
   * Saves `value` under `key`. The value is encoded before the call returns, so later changes to
   * it are not saved; the promise resolves when it is durable.
   *
   * @throws `ERR_PERSIST_INVALID_KEY`, `ERR_PERSIST_ENCODE`, `ERR_PERSIST_CONFLICT` (with `ifRevision`),
   * `ERR_PERSIST_UNSUPPORTED`, `ERR_PERSIST_IO`, `ERR_PERSIST_ABORTED`, `ERR_PERSIST_CLOSED`.
   */
  save<T = unknown>(
    key: string,
    value: NoInfer<T>,
    options: o.SaveOptions<T> = {},
  ): Promise<Entry> {
    try {
      return this.#writing.save(key, value, options as o.SaveOptions)
    } catch (error) {
      return Promise.reject(error)
    }
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
    const found = await this.#reading.load(key, options)
    return found === undefined ? options.default : (found.value as T)
  }

  /** `load` with the entry beside the value: its revision for `ifRevision`, and `recovered`. */
  async loadEntry<T = unknown>(
    key: string,
    options: o.LoadOptions<T> = {},
  ): Promise<o.LoadedEntry<T> | undefined> {
    return this.#reading.load(key, options) as Promise<o.LoadedEntry<T> | undefined>
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
  update<T = unknown>(
    key: string,
    change: (current: T) => T | Promise<T>,
    options: o.UpdateOptions<T> & { default: T },
  ): Promise<T>
  update<T = unknown>(
    key: string,
    change: (current: T | undefined) => T | Promise<T>,
    options?: o.UpdateOptions<T>,
  ): Promise<T>
  update<T>(
    key: string,
    change: (current: T) => T | Promise<T>,
    options: o.UpdateOptions<T> = {},
  ): Promise<T> {
    return this.#writing.update(key, change, options)
  }

  /**
   * Deletes the value under `key`; its history stays unless `history` is set.
   *
   * @returns Whether there was one.
   * @throws `ERR_PERSIST_CONFLICT` when `ifRevision` is not the revision that is there.
   */
  async delete(key: string, options: o.DeleteOptions = {}): Promise<boolean> {
    return this.#writing.delete(key, options)
  }

  /** Whether there is a value under `key`, in any known format. */
  async exists(key: string, options: o.StatOptions = {}): Promise<boolean> {
    return (await this.#reading.stat("exists", key, options)) !== undefined
  }

  /** What is known of the value under `key` without reading it. */
  async stat(key: string, options: o.StatOptions = {}): Promise<Entry | undefined> {
    return this.#reading.stat("stat", key, options)
  }

  /** The keys below `subfolder` that match `pattern`, relative to `subfolder`, sorted by code units. */
  async list(options: o.ListOptions = {}): Promise<string[]> {
    return this.#listing.list(options)
  }

  /** The entries that `list` names, one at a time, in no particular order; memory stays flat. */
  entries(options: o.ListOptions = {}): AsyncGenerator<Entry, void, undefined> {
    return this.#listing.entries(options)
  }

  /** The immutable versions of `key`, oldest first. */
  async versions(key: string, options: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#history.copies("version", key, options)
  }

  /** The backups of `key`, oldest first. */
  async backups(key: string, options: o.StatOptions = {}): Promise<HistoryEntry[]> {
    return this.#history.copies("backup", key, options)
  }

  /**
   * Makes a version or backup the current value again; what it replaces is kept as a backup.
   *
   * @throws `ERR_PERSIST_NOT_FOUND` when there is no such copy, `ERR_PERSIST_CORRUPT` when it is damaged
   * (nothing is changed then), `ERR_PERSIST_INVALID_ARGUMENT` for an id that is no string, `ERR_PERSIST_UNSUPPORTED`.
   */
  async restore(key: string, id: string, options: o.RestoreOptions = {}): Promise<Entry> {
    return this.#history.restore(key, id, options)
  }

  /**
   * Changes made by anyone, from this call on, until `signal` aborts or the storage closes; then the
   * iteration ends. Iterate it or abort it: until then it holds the changes.
   *
   * @throws `ERR_PERSIST_UNSUPPORTED` where `supports.watch` is false.
   */
  watch(options: o.WatchOptions = {}): AsyncIterable<Change> {
    return this.#listing.watch(options)
  }

  /** `save` for programs that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` where `supports.sync` is false. */
  saveSync<T = unknown>(key: string, value: NoInfer<T>, options: o.SaveOptions<T> = {}): Entry {
    return this.#writing.saveSync(key, value, options as o.SaveOptions)
  }

  /** `load` for programs that cannot wait; a damaged value is read from history but mended only by the next `load`. */
  loadSync<T = unknown>(key: string, options: o.LoadOptions<T> & { default: T }): T
  loadSync<T = unknown>(key: string, options?: o.LoadOptions<T>): T | undefined
  loadSync<T>(key: string, options: o.LoadOptions<T> = {}): T | undefined {
    const found = this.#reading.loadSync(key, options)
    return found === undefined ? options.default : (found.value as T)
  }

  /**
   * Waits for running operations, ends watches and listings, and releases everything. Later calls
   * throw `ERR_PERSIST_CLOSED`; further calls of `close` wait for the same end.
   */
  async close(): Promise<void> {
    const release = () => guarded("close", "", undefined, () => this._close())
    return this.#operations.lifecycle.close(release)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Runs an operation that a backend adds to those of the contract: keys and abort signal are
   * checked, `close` waits for it, it is traced as `operation`, and its errors name the key.
   */
  protected async operate<T>(
    operation: "save" | "load" | "list",
    about: BackendOperation,
    work: (name: string) => Promise<T>,
  ): Promise<T> {
    const { subfolder, signal } = about
    // A key that a caller forgot is undefined, and no key at all.
    const name = "key" in about ? wholeKey(about.key!, subfolder) : folderPrefix(subfolder)
    return this.#operations.run(operation, name, signal, () =>
      guarded(operation, name, signal, () => work(name)),
    )
  }

  /** What a write of `format` asks of the primitives, with fresh ids for its history. */
  protected writeRequest(format: string, intent: WriteIntent): WriteRequest {
    return this.#codec.writeRequest(format, intent)
  }
}
