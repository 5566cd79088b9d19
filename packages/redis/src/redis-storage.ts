import {
  type Change,
  type DeleteRequest,
  type Entry,
  type HistoryEntry,
  type Lease,
  type LeaseOptions,
  PersistError,
  type ScanRequest,
  Storage,
  type StorageSupport,
  type StoredValue,
  type UpdateRequest,
  type WriteRequest,
  withLease,
} from "@persist/core"
import type { Connections } from "./connection/connections.ts"
import { raced } from "./connection/raced.ts"
import { listHistory, quarantine, readCopy } from "./history/history.ts"
import { LastingFailure, RedisLeases } from "./leases/redis-leases.ts"
import { listEntries, listKeys } from "./listing/listing.ts"
import { connectionsFor, openStore } from "./open-store.ts"
import { type RedisSettings, type RedisStorageOptions, readOptions } from "./options.ts"
import { readEntry, readValue } from "./reading/reader.ts"
import { type Scripts, scriptsFor } from "./scripts/scripts.ts"
import type { Store } from "./store.ts"
import { WakeUps } from "./watching/wake-ups.ts"
import { type BegunWatch, beginWatch, watchChanges } from "./watching/watch-changes.ts"
import { removeValue } from "./writing/remove-value.ts"
import { Updates } from "./writing/updates.ts"
import { writeValue } from "./writing/write-value.ts"

/** The storage contract on Redis or Valkey, shared by every process that uses the same prefix. */
export class RedisStorage extends Storage {
  readonly supports: StorageSupport = Object.freeze({
    persistent: true,
    multiProcess: true,
    history: true,
    sync: false,
    ttl: true,
    watch: true,
    fence: true,
  })
  readonly #settings: RedisSettings
  readonly #scripts: Scripts
  readonly #connections: Connections
  readonly #updates = new Updates()
  readonly #wakeUps: WakeUps
  readonly #leases = new RedisLeases((work) => this.#use(work))
  #store: Store | undefined
  #opening: Promise<Store> | undefined
  /** Watches that were asked for before the storage was open. */
  readonly #beginnings: ((store: Store) => Promise<void>)[] = []
  #isClosed = false

  /** Connects at first use. @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: RedisStorageOptions = {}) {
    const settings = readOptions(options)
    super(options)
    this.#settings = settings
    this.#scripts = scriptsFor(settings.location.kind === "cluster")
    this.#connections = connectionsFor(settings, this.#scripts)
    this.#wakeUps = new WakeUps(this.#connections)
  }

  /**
   * Runs `work` while holding the lease `name` on this server, shared with every storage of the same prefix. A
   * failover may lose a lease: at most one holder per primary that survives. What must hold even then is written
   * with `fence: lease.token`, which the server checks with the write.
   *
   * @throws As `withLease` of `@persist/core`: `ERR_PERSIST_TIMEOUT`, `ERR_PERSIST_LOCK_LOST`, `ERR_PERSIST_ABORTED`;
   * `ERR_PERSIST_CONNECTION` at once where the server refuses us, else after `timeout`.
   */
  withLease<T>(
    name: string,
    work: (lease: Lease) => Promise<T> | T,
    options: LeaseOptions = {},
  ): Promise<T> {
    return withLease(this.#leases, name, work, options).catch((error) => {
      throw error instanceof LastingFailure ? error.cause : error
    })
  }

  protected override _read(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    return this.#use((store) => readValue(store, key, signal), signal)
  }

  protected override _stat(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<Entry | undefined> {
    return this.#use((store) => readEntry(store, key, signal), signal)
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    this.#updates.forget(key)
    return this.#use((store) => writeValue(store, key, bytes, request), request.signal)
  }

  protected override _update(key: string, request: UpdateRequest): Promise<Entry> {
    return this.#use((store) => this.#updates.update(store, key, request), request.signal)
  }

  protected override _delete(key: string, request: DeleteRequest): Promise<boolean> {
    this.#updates.forget(key)
    return this.#use((store) => removeValue(store, key, request), request.signal)
  }

  protected override _keys({ prefix, signal }: ScanRequest): Promise<string[]> {
    return this.#use((store) => listKeys(store, prefix, signal), signal)
  }

  protected override async *_entries({ prefix, signal }: ScanRequest): AsyncGenerator<Entry> {
    const store = this.#store ?? (await raced(this.#open(), signal))
    yield* listEntries(store, prefix, signal)
  }

  protected override async *_watch({ prefix, signal }: ScanRequest): AsyncGenerator<Change> {
    const ends = signal!
    if (ends.aborted) return
    const isLate = this.#store === undefined
    const begin = (store: Store) => beginWatch(store, this.#wakeUps, prefix, ends)
    const begun = await (this.#store === undefined
      ? this.#beginFirst(begin, ends)
      : begin(this.#store))
    yield* watchChanges(this.#wakeUps, begun, ends, isLate)
  }

  protected override _history(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly HistoryEntry[]> {
    return this.#use((store) => listHistory(store, key, signal), signal)
  }

  protected override _readHistory(
    key: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    return this.#use((store) => readCopy(store, key, id, signal), signal)
  }

  protected override _quarantine(key: string, damaged: StoredValue): Promise<void> {
    return this.#use((store) => quarantine(store, key, damaged))
  }

  protected override async _close(): Promise<void> {
    this.#isClosed = true
    const { topology, replication } = this.#connections
    topology.close()
    replication?.close()
  }

  #use<T>(work: (store: Store) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#isClosed) return Promise.reject(closedError())
    return this.#store === undefined ? this.#useFirst(work, signal) : work(this.#store)
  }

  /** Begins all that waits for the opening as soon as that is done: in the order in which it was asked for. */
  #useFirst<T>(work: (store: Store) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let begun: Promise<T> | undefined
    const opened = this.#open().then((store) => {
      if (signal?.aborted) return
      begun = work(store)
      // An abort right now is told in its place.
      begun.catch(() => {})
    })
    return raced(opened, signal).then(() => begun!)
  }

  /** Begins a watch before anything else that waits for the opening, so that it tells of all that. */
  #beginFirst(
    begin: (store: Store) => Promise<BegunWatch>,
    signal: AbortSignal,
  ): Promise<BegunWatch> {
    const begun = new Promise<BegunWatch>((resolve, reject) => {
      this.#beginnings.push(async (store) => {
        if (!signal.aborted) await begin(store).then(resolve, reject)
      })
      this.#open().catch(reject)
    })
    return raced(begun, signal)
  }

  #open(): Promise<Store> {
    this.#opening ??= openStore(this.#settings, this.#connections, this.#scripts, this.clock).then(
      async (store) => {
        await Promise.all(this.#beginnings.splice(0).map((begin) => begin(store)))
        this.#store = store
        return store
      },
      (error: unknown) => {
        this.#opening = undefined
        this.#beginnings.length = 0
        throw error
      },
    )
    return this.#opening
  }
}

/** The error for a lease that is asked for, or renewed, after the end: the base knows nothing of leases. */
function closedError(): PersistError {
  return new PersistError("ERR_PERSIST_CLOSED", "This RedisStorage is closed; open a new one.")
}
