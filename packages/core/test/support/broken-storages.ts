import type {
  Change,
  DeleteRequest,
  Entry,
  HistoryEntry,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "../../src/index.ts"
import { MemoryStorage } from "./memory-storage.ts"

export type StorageClass = new (
  ...options: ConstructorParameters<typeof MemoryStorage>
) => MemoryStorage

/** Maps every key to another before the backend sees it, as a careless backend does. */
export function mapping(map: (key: string) => string): StorageClass {
  return class extends MemoryStorage {
    protected override _readSync(key: string) {
      return super._readSync(map(key))
    }
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      return super._writeSync(map(key), bytes, request)
    }
    protected override _delete(key: string, request: DeleteRequest) {
      return super._delete(map(key), request)
    }
    protected override _historySync(key: string) {
      return super._historySync(map(key))
    }
    protected override _readHistorySync(key: string, id: string) {
      return super._readHistorySync(map(key), id)
    }
  }
}

/** Changes what `_write` is asked for. */
export function writing(change: (request: WriteRequest) => Partial<WriteRequest>): StorageClass {
  return class extends MemoryStorage {
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      return super._writeSync(key, bytes, { ...request, ...change(request) })
    }
  }
}

/** Changes the entry of what is read. */
function reading(change: (stored: StoredValue) => StoredValue | undefined): StorageClass {
  return class extends MemoryStorage {
    protected override _readSync(key: string) {
      const stored = super._readSync(key)
      return stored && change(stored)
    }
  }
}

/** What a backend does wrong, a test of the suite that must notice, and the backend. */
export type Broken = readonly [broken: string, noticed: RegExp, storage: StorageClass]

/** Backends that break the contract. */
export const brokenStorages: readonly Broken[] = [
  ["forgets the case of keys", /every allowed string/, mapping((key) => key.toLowerCase())],
  ["normalises keys", /every allowed string/, mapping((key) => key.normalize("NFC"))],
  [
    "stores keys as UTF-8, where halves of surrogate pairs are one",
    /every allowed string/,
    mapping((key) => Buffer.from(key).toString()),
  ],
  [
    "stores bytes as text",
    /keeps every byte/,
    reading(({ bytes, entry }) => ({ bytes: Buffer.from(Buffer.from(bytes).toString()), entry })),
  ],
  ["cuts long keys", /every allowed string/, mapping((key) => key.slice(0, 255))],
  ["trims keys", /every allowed string/, mapping((key) => key.replace(/[. ]+$/, "") || key)],
  [
    "overwrites whatever the revision",
    /revisions: let/,
    writing(() => ({ ifRevision: undefined })),
  ],
  [
    "takes null for any revision",
    /null means/,
    writing(({ ifRevision }) => ({ ifRevision: ifRevision ?? undefined })),
  ],
  [
    "has the same revision for the same bytes",
    /revisions: change with every write/,
    reading(({ bytes, entry }) => ({
      bytes,
      entry: { ...entry, revision: Buffer.from(bytes).toString("hex") },
    })),
  ],
  ["keeps no versions", /records versions/, writing(() => ({ version: undefined }))],
  ["keeps no backups", /keeps what a save replaces/, writing(() => ({ backup: undefined }))],
  ["makes backups of damage", /never becomes a backup/, writing(() => ({ isValid: () => true }))],
  [
    "keeps all history",
    /keeps the newest/,
    writing(() => ({
      retention: { versions: 1e9, backups: 1e9, maxAge: Number.POSITIVE_INFINITY },
    })),
  ],
  [
    "keeps expired values",
    /keeps a value until its time/,
    writing(() => ({ expiresAt: undefined })),
  ],
  [
    "forgets the format",
    /replaces a value saved in another format/,
    writing(() => ({ format: ".json" })),
  ],
  [
    "does not say when a value was saved",
    /describes a value by its entry/,
    reading(({ bytes, entry }) => ({ bytes, entry: { ...entry, savedAt: new Date() } })),
  ],
  [
    "compares and writes in two steps",
    /exactly one of many/,
    class extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const found = (await this._read(key))?.entry.revision ?? null
        const fits = request.ifRevision === undefined || request.ifRevision === found
        return super._write(key, bytes, fits ? { ...request, ifRevision: undefined } : request)
      }
    },
  ],
  [
    "updates without looking again",
    /loses none of many/,
    class extends MemoryStorage {
      protected override async _update(key: string, { next }: UpdateRequest): Promise<Entry> {
        const { bytes, request } = await next(await this._read(key))
        return this._write(key, bytes, request)
      }
    },
  ],
  [
    "lists the neighbours of a folder",
    /keeps to the subfolder/,
    class extends MemoryStorage {
      protected override _entries({ prefix, signal }: ScanRequest) {
        return super._entries({ prefix: prefix.slice(0, -1), signal })
      }
    },
  ],
  [
    "lists what has expired",
    /keeps a value until its time/,
    class extends MemoryStorage {
      protected override async _keys({ prefix }: ScanRequest) {
        return [...this.disk.values.keys()].filter((key) => key.startsWith(prefix))
      }
    },
  ],
  [
    "says that everything was there to delete",
    /deletes, and says/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        await super._delete(key, request)
        return true
      }
    },
  ],
  [
    "forgets history with the value",
    /outlives a delete/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        return super._delete(key, { ...request, history: true })
      }
    },
  ],
  [
    "keeps history when told to delete it",
    /goes with a delete/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        return super._delete(key, { ...request, history: false })
      }
    },
  ],
  [
    "deletes whatever the revision",
    /guard a delete/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        return super._delete(key, { ...request, ifRevision: undefined })
      }
    },
  ],
  [
    "lists history newest first",
    /records versions in order/,
    class extends MemoryStorage {
      protected override _historySync(key: string): readonly HistoryEntry[] {
        return super._historySync(key).toReversed()
      }
    },
  ],
  [
    "reads the newest copy whatever the id",
    /records versions in order/,
    class extends MemoryStorage {
      protected override _readHistorySync(key: string) {
        return this.disk.copies.get(key)?.at(-1)?.stored
      }
    },
  ],
  [
    "gives away its own bytes",
    /loads many at once/,
    class extends MemoryStorage {
      // One buffer for everything, reused before the value is read.
      readonly #buffer = Buffer.alloc(4_000_000)
      protected override async _read(key: string) {
        const stored = await super._read(key)
        if (stored === undefined) return undefined
        const bytes = this.#buffer.subarray(0, stored.bytes.length)
        this.#buffer.set(stored.bytes)
        await new Promise((resolve) => setImmediate(resolve))
        return { ...stored, bytes }
      }
    },
  ],
  [
    "remembers what it read",
    /operations at once have an order|let exactly one/,
    class extends MemoryStorage {
      readonly #read = new Map<string, StoredValue | undefined>()
      protected override async _read(key: string) {
        if (!this.#read.has(key)) this.#read.set(key, await super._read(key))
        return this.#read.get(key)
      }
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        this.#read.delete(key)
        return super._write(key, bytes, request)
      }
      protected override async _delete(key: string, request: DeleteRequest) {
        this.#read.delete(key)
        return super._delete(key, request)
      }
    },
  ],
  [
    "waits for ever to watch",
    /ends when its signal is aborted/,
    class extends MemoryStorage {
      protected override _watch({ prefix }: ScanRequest): AsyncIterable<Change> {
        return this.disk.changes.follow(prefix, undefined)
      }
    },
  ],
  [
    "watches everything",
    /keeps to the key and subfolder/,
    class extends MemoryStorage {
      protected override _watch({ signal }: ScanRequest): AsyncIterable<Change> {
        return this.disk.changes.follow("", signal)
      }
    },
  ],
  [
    "forgets all at the end",
    /finds everything again/,
    class extends MemoryStorage {
      protected override async _close() {
        this.disk.values.clear()
      }
    },
  ],
  [
    "knows only its own revisions",
    /keeps revisions from one handle/,
    class extends MemoryStorage {
      readonly #own = `${Math.random()}:`
      protected override _readSync(key: string) {
        const stored = super._readSync(key)
        if (stored === undefined) return undefined
        return {
          ...stored,
          entry: { ...stored.entry, revision: this.#own + stored.entry.revision },
        }
      }
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = super._writeSync(key, bytes, request)
        return { ...entry, revision: this.#own + entry.revision }
      }
    },
  ],
]
