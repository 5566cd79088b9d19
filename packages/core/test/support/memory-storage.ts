import { PersistError } from "@persist/atomic"
import {
  type Change,
  checkFence,
  type DeleteRequest,
  type Entry,
  expiredHistory,
  type HistoryEntry,
  type HistoryKind,
  historyIdTime,
  type ScanRequest,
  Storage,
  type StorageOptions,
  type StorageSupport,
  type StoredValue,
  type WriteRequest,
} from "../../src/index.ts"
import { ChangeFeed } from "./change-feed.ts"

interface Copy {
  readonly entry: HistoryEntry
  readonly stored: StoredValue
}

/** What several memory storages may share, as processes share a disk. */
export class MemoryDisk {
  readonly values = new Map<string, StoredValue>()
  readonly copies = new Map<string, Copy[]>()
  /** The highest fencing token of each key. */
  readonly marks = new Map<string, number>()
  readonly damaged: StoredValue[] = []
  readonly changes = new ChangeFeed()
  revision = 0
}

export interface MemoryStorageOptions extends StorageOptions {
  readonly disk?: MemoryDisk
  /** Abilities to go without. */
  readonly without?: readonly (keyof StorageSupport)[]
}

/** The reference backend: every ability, in the plainest way. */
export class MemoryStorage extends Storage {
  readonly disk: MemoryDisk
  readonly supports: StorageSupport

  constructor({ disk = new MemoryDisk(), without = [], ...options }: MemoryStorageOptions = {}) {
    super(options)
    this.disk = disk
    const all = { persistent: true, multiProcess: true, history: true }
    this.supports = {
      ...{ ...all, sync: true, ttl: true, fence: true, watch: true },
      ...Object.fromEntries(without.map((ability) => [ability, false])),
    }
  }

  protected override async _read(key: string): Promise<StoredValue | undefined> {
    await turn()
    return this._readSync(key)
  }

  protected override async _write(
    key: string,
    bytes: Uint8Array,
    request: WriteRequest,
  ): Promise<Entry> {
    await turn()
    if (request.signal?.aborted) throw request.signal.reason
    return this._writeSync(key, bytes, request)
  }

  protected override async _delete(key: string, request: DeleteRequest): Promise<boolean> {
    await turn()
    const current = this._readSync(key)
    this.#expect(key, current, request)
    this.#mark(key, request.fence)
    if (current) {
      this.#keep(key, request.backup, "backup", current, request)
      this.disk.values.delete(key)
      this.disk.changes.publish({ type: "delete", key })
    }
    if (request.history) this.disk.copies.delete(key)
    return current !== undefined
  }

  protected override async *_entries(request: ScanRequest): AsyncIterable<Entry> {
    for (const key of [...this.disk.values.keys()]) {
      await turn()
      const stored = key.startsWith(request.prefix) ? this._readSync(key) : undefined
      if (stored) yield stored.entry
    }
  }

  protected override async _history(key: string): Promise<readonly HistoryEntry[]> {
    await turn()
    return this._historySync(key)
  }

  protected override async _readHistory(key: string, id: string): Promise<StoredValue | undefined> {
    await turn()
    return this._readHistorySync(key, id)
  }

  protected override async _quarantine(_key: string, damaged: StoredValue): Promise<void> {
    this.disk.damaged.push(damaged)
  }

  protected override _watch(request: ScanRequest): AsyncIterable<Change> {
    return this.disk.changes.follow(request.prefix, request.signal)
  }

  protected override _readSync(key: string): StoredValue | undefined {
    const stored = this.disk.values.get(key)
    const expiresAt = stored?.entry.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (stored === undefined || expiresAt <= this.clock()) return undefined
    const bytes = Uint8Array.from(stored.bytes)
    return { bytes, entry: { ...stored.entry, ...this.#marked(key) } }
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    const current = this._readSync(key)
    this.#expect(key, current, request)
    this.#mark(key, request.fence)
    const { format, version, backup, expiresAt } = request
    const entry: Entry = {
      key,
      size: bytes.length,
      revision: String(++this.disk.revision),
      savedAt: new Date(this.clock()),
      format,
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
      ...this.#marked(key),
    }
    const stored = { bytes: Uint8Array.from(bytes), entry }
    this.disk.values.set(key, stored)
    const kept = current && this.#keep(key, backup, "backup", current, request)
    this.#keep(key, version, "version", stored, request)
    this.disk.changes.publish({ type: "save", key, revision: entry.revision })
    return { ...entry, ...(version && { version }), ...(kept && { backup: kept }) }
  }

  protected override _historySync(key: string): readonly HistoryEntry[] {
    return (this.disk.copies.get(key) ?? []).map(({ entry }) => entry)
  }

  protected override _readHistorySync(key: string, id: string): StoredValue | undefined {
    const stored = this.disk.copies.get(key)?.find(({ entry }) => entry.id === id)?.stored
    return stored && { ...stored, bytes: Uint8Array.from(stored.bytes) }
  }

  #expect(
    key: string,
    current: StoredValue | undefined,
    { fence, ifRevision: revision }: Pick<WriteRequest, "fence" | "ifRevision">,
  ) {
    checkFence(key, fence, this.disk.marks.get(key))
    if (revision === undefined || revision === (current?.entry.revision ?? null)) return
    throw new PersistError("ERR_PERSIST_CONFLICT", `"${key}" was changed by another writer.`, {
      key,
    })
  }

  #mark(key: string, fence: number | undefined): void {
    if (fence !== undefined) this.disk.marks.set(key, fence)
  }

  #marked(key: string): { readonly fence?: number } {
    const fence = this.disk.marks.get(key)
    return fence === undefined ? {} : { fence }
  }

  #keep(
    key: string,
    id: string | undefined,
    kind: HistoryKind,
    stored: StoredValue,
    request: DeleteRequest | WriteRequest,
  ): string | undefined {
    const { size, format } = stored.entry
    if (id === undefined) return undefined
    if (kind === "backup" && !request.isValid(stored.bytes, format)) return undefined
    const now = this.clock()
    const copies = this.disk.copies.get(key) ?? []
    const savedAt = new Date(historyIdTime(id))
    const copy = { ...stored, entry: { ...stored.entry, savedAt } }
    copies.push({ entry: { id, kind, savedAt, size, format }, stored: copy })
    copies.sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1))
    const entries = copies.map(({ entry }) => entry)
    const expired = new Set(expiredHistory(entries, request.retention, now, [id]))
    this.disk.copies.set(
      key,
      copies.filter(({ entry }) => !expired.has(entry.id)),
    )
    return id
  }
}

/** Lets other work in between, as a disk does. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
