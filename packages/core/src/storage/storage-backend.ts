import { PersistError } from "@persist/atomic"
import { iterable, keyOf } from "./backend-mistake.ts"
import { retryConflicts } from "./contention.ts"
import type { Change, Entry, HistoryEntry } from "./entry.ts"
import { KeyQueue } from "./key-queue.ts"
import type {
  DeleteRequest,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "./primitives.ts"
import { described } from "./storage-error.ts"
import type { Primitives } from "./storage-parts.ts"
import type { StorageSupport } from "./supports.ts"

/** The primitives of a backend, for the parts of its storage; set by the class, which alone may reach them. */
export let primitivesOf: (backend: StorageBackend) => Primitives

/**
 * What a backend implements: bytes under whole keys. Keys and options come checked; what a primitive
 * throws with a system `code` reaches the caller as `ERR_PERSIST_IO` with that error as cause.
 */
export abstract class StorageBackend {
  static {
    primitivesOf = (backend) => ({
      get writesLater() {
        return backend._writesLater
      },
      read: (key, signal) => backend._read(key, signal),
      write: (key, bytes, request) => backend._write(key, bytes, request),
      writeAtOnce: (key, bytes, request) => backend._writeAtOnce(key, bytes, request),
      delete: (key, request) => backend._delete(key, request),
      update: (key, request) => backend._update(key, request),
      stat: (key, signal) => backend._stat(key, signal),
      keys: (request) => backend._keys(request),
      entries: (request) => backend._entries(request),
      watch: (request) => backend._watch(request),
      history: (key, signal) => backend._history(key, signal),
      readHistory: (key, id, signal) => backend._readHistory(key, id, signal),
      settle: (key, damaged, signal) => backend._settle(key, damaged, signal),
      quarantine: (key, damaged, reason) => backend._quarantine(key, damaged, reason),
      readSync: (key) => backend._readSync(key),
      writeSync: (key, bytes, request) => backend._writeSync(key, bytes, request),
      historySync: (key) => backend._historySync(key),
      readHistorySync: (key, id) => backend._readHistorySync(key, id),
    })
  }

  /** What this storage can do; a call that it cannot is refused with `ERR_PERSIST_UNSUPPORTED`. */
  abstract readonly supports: StorageSupport
  /**
   * Whether `_write` with a signal never takes effect before whoever called it has waited for something, and not at all
   * if that is aborted until then: it may begin to write a value that is not checked to its end.
   */
  protected readonly _writesLater: boolean = false
  readonly #updates = new KeyQueue()

  /** The current bytes of `key`. */
  protected abstract _read(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined>

  /** Replaces the bytes of `key` as one durable step; resolves with the new entry. */
  protected abstract _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry>

  /**
   * `_write` before this returns, for a backend that is quicker so; undefined where something would have to be waited
   * for, and nothing has happened then. Called only where `_writesLater` is true, for requests without a signal.
   */
  protected _writeAtOnce(
    _key: string,
    _bytes: Uint8Array,
    _request: WriteRequest,
  ): Entry | undefined {
    return undefined
  }

  /** Removes `key`; resolves with whether it was there. */
  protected abstract _delete(key: string, request: DeleteRequest): Promise<boolean>

  /** Every entry below `request.prefix`, in any order, a few in memory at a time. */
  protected abstract _entries(request: ScanRequest): AsyncIterable<Entry>

  /** The entry of `key` without its bytes. */
  protected async _stat(key: string, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    return (await this._read(key, signal))?.entry
  }

  /** Every key below `request.prefix`; override where keys are cheaper than entries. */
  protected async _keys(request: ScanRequest): Promise<string[]> {
    const keys: string[] = []
    for await (const entry of iterable("_entries", this._entries(request))) keys.push(keyOf(entry))
    return keys
  }

  /**
   * Read, change, write as one step. The default lets the updates of one key within this storage
   * queue up, and tries again when it meets another writer from elsewhere.
   */
  protected async _update(key: string, request: UpdateRequest): Promise<Entry> {
    const what = described("update", key)
    return this.#updates.run(key, what, request, (limits) =>
      retryConflicts(what, limits, async () => {
        const current = await this._read(key, request.signal)
        const next = await request.next(current)
        const ifRevision = current?.entry.revision ?? null
        return this._write(key, next.bytes, { ...next.request, ifRevision })
      }),
    )
  }

  /** Versions and backups of `key`, sorted by id. */
  protected async _history(
    _key: string,
    _signal: AbortSignal | undefined,
  ): Promise<readonly HistoryEntry[]> {
    throw unsupported(this, "history")
  }

  /** The bytes of one version or backup. */
  protected async _readHistory(
    _key: string,
    _id: string,
    _signal: AbortSignal | undefined,
  ): Promise<StoredValue | undefined> {
    throw unsupported(this, "history")
  }

  /**
   * Waits for as long as somebody may still be writing the bytes that look damaged, where values can be
   * seen half written: a file under an editor. Resolves with whether they have changed meanwhile.
   */
  protected async _settle(
    _key: string,
    _damaged: StoredValue,
    _signal: AbortSignal | undefined,
  ): Promise<boolean> {
    return false
  }

  /** Keeps a copy of damaged bytes aside: once for the same bytes, and only so many. */
  protected async _quarantine(
    _key: string,
    _damaged: StoredValue,
    _reason: unknown,
  ): Promise<void> {}

  /**
   * Changes below `request.prefix`, from the first step on, which the base takes at once: a save of
   * this storage that begins after it is reported. An abort of `request.signal` ends the iteration.
   */
  protected _watch(_request: ScanRequest): AsyncIterable<Change> {
    throw unsupported(this, "watch")
  }

  protected _readSync(_key: string): StoredValue | undefined {
    throw unsupported(this, "sync")
  }

  protected _writeSync(_key: string, _bytes: Uint8Array, _request: WriteRequest): Entry {
    throw unsupported(this, "sync")
  }

  protected _historySync(_key: string): readonly HistoryEntry[] {
    throw unsupported(this, "sync")
  }

  protected _readHistorySync(_key: string, _id: string): StoredValue | undefined {
    throw unsupported(this, "sync")
  }

  /** Releases what the backend holds; called once, and no other primitive runs during or after it. */
  protected async _close(): Promise<void> {}
}

/** The error for an ability that `supports` denies. */
export function unsupported(storage: StorageBackend, ability: keyof StorageSupport): PersistError {
  return new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `${storage.constructor.name} has no ${ability} (supports.${ability} is false).`,
  )
}
