import type {
  Entry,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "../../src/index.ts"
import type { Broken, StorageClass } from "./broken-storages.ts"
import { type MemoryDisk, MemoryStorage } from "./memory-storage.ts"

/** Changes what has been stored for `key`. */
export function restored(
  disk: MemoryDisk,
  key: string,
  change: (stored: StoredValue) => Partial<StoredValue>,
): void {
  const stored = disk.values.get(key)
  if (stored) disk.values.set(key, { ...stored, ...change(stored) })
}

/** Changes the entries of a listing. */
function listing(change: (entry: Entry, first: Entry) => Entry | undefined): StorageClass {
  return class extends MemoryStorage {
    readonly #first = new Map<string, Entry>()
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      const entry = super._writeSync(key, bytes, request)
      if (!this.#first.has(key)) this.#first.set(key, entry)
      return entry
    }
    protected override async *_entries(request: ScanRequest): AsyncGenerator<Entry> {
      for await (const entry of super._entries(request)) {
        const changed = change(entry, this.#first.get(entry.key) ?? entry)
        if (changed) yield changed
      }
    }
  }
}

/** Changes what a save over a value asks for. */
function overwriting(
  change: (old: StoredValue, bytes: Uint8Array) => Partial<WriteRequest>,
): StorageClass {
  return class extends MemoryStorage {
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      const old = this._readSync(key)
      const changed = old && change(old, bytes)
      return super._writeSync(key, bytes, { ...request, ...changed })
    }
  }
}

function isSame({ bytes }: StoredValue, other: Uint8Array): boolean {
  return Buffer.compare(bytes, other) === 0
}

/** Changes the bytes that are stored. */
function storing(change: (bytes: Uint8Array) => Uint8Array): StorageClass {
  return class extends MemoryStorage {
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      const entry = super._writeSync(key, bytes, request)
      restored(this.disk, key, (stored) => ({ bytes: change(stored.bytes) }))
      return entry
    }
  }
}

/** Backends that say or store the wrong thing of a value that replaces another. */
export const brokenEntries: readonly Broken[] = [
  [
    "lists the size of what was replaced",
    /values: describes a value anew/,
    listing((entry, { size }) => ({ ...entry, size })),
  ],
  [
    "lists the time of what was replaced",
    /values: describes a value anew/,
    listing((entry, { savedAt }) => ({ ...entry, savedAt })),
  ],
  [
    "lists the format of what was replaced",
    /formats: tells the formats of equal bytes apart/,
    listing((entry, { format }) => ({ ...entry, format })),
  ],
  [
    "lists no empty value",
    /formats: keeps every byte/,
    listing((entry) => (entry.size === 0 ? undefined : entry)),
  ],
  [
    "lists no expiry",
    /expiry: is told by every entry/,
    listing(({ expiresAt: _, ...entry }) => entry),
  ],
  [
    "says the size of what a save replaced",
    /values: describes a value anew/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const old = this._readSync(key)
        const entry = super._writeSync(key, bytes, request)
        return { ...entry, size: old?.entry.size ?? entry.size }
      }
    },
  ],
  [
    "leaves the time of a value that is updated",
    /values: describes a value anew/,
    class extends MemoryStorage {
      protected override async _update(key: string, request: UpdateRequest) {
        const old = this._readSync(key)
        const entry = await super._update(key, request)
        const savedAt = old?.entry.savedAt ?? entry.savedAt
        restored(this.disk, key, (stored) => ({ entry: { ...stored.entry, savedAt } }))
        return entry
      }
    },
  ],
  [
    "loses the last byte of a whole page",
    /formats: keeps bytes of every length/,
    storing((bytes) => (bytes.length % 4_096 ? bytes : bytes.subarray(0, -1))),
  ],
  [
    "counts lengths in sixteen bits",
    /formats: keeps bytes of every length/,
    storing((bytes) => bytes.subarray(0, bytes.length & 0xffff)),
  ],
  [
    "writes nothing but the revision when the bytes are there already",
    /formats: tells the formats of equal bytes apart/,
    overwriting((old, bytes) => (isSame(old, bytes) ? { format: old.entry.format } : {})),
  ],
  [
    "leaves the expiry when the bytes are there already",
    /expiry: is lifted by a save/,
    overwriting((old, bytes) =>
      isSame(old, bytes) ? { expiresAt: old.entry.expiresAt?.getTime() } : {},
    ),
  ],
  [
    "updates in the format that was there",
    /formats: updates a value in the format/,
    class extends MemoryStorage {
      protected override _update(key: string, request: UpdateRequest) {
        return super._update(key, {
          ...request,
          next: async (stored) => {
            const { bytes, request: next } = await request.next(stored)
            return { bytes, request: { ...next, format: stored?.entry.format ?? next.format } }
          },
        })
      }
    },
  ],
  [
    "takes a folder for a value",
    /keys: takes no folder/,
    class extends MemoryStorage {
      protected override async _stat(key: string) {
        const below = [...this.disk.values.keys()].find((other) => other.startsWith(`${key}/`))
        return this._readSync(below ?? key)?.entry
      }
    },
  ],
  [
    "removes what is below the key that is deleted",
    /keys: takes no folder/,
    class extends MemoryStorage {
      protected override async _delete(...[key, request]: Parameters<MemoryStorage["_delete"]>) {
        if (this.disk.values.has(key)) return super._delete(key, request)
        for (const other of this.disk.values.keys()) {
          if (other.startsWith(`${key}/`)) this.disk.values.delete(other)
        }
        return false
      }
    },
  ],
]
