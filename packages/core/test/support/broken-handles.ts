import type {
  DeleteRequest,
  Entry,
  HistoryEntry,
  ScanRequest,
  WriteRequest,
} from "../../src/index.ts"
import { restored } from "./broken-entries.ts"
import type { Broken, StorageClass } from "./broken-storages.ts"
import { type MemoryDisk, MemoryStorage } from "./memory-storage.ts"

/** Spoils what is on the disk when a handle is closed. */
function closing(spoil: (disk: MemoryDisk) => void): StorageClass {
  return class extends MemoryStorage {
    protected override async _close() {
      spoil(this.disk)
    }
  }
}

function entries(change: (entry: Entry) => Entry): StorageClass {
  return closing((disk) => {
    for (const key of disk.values.keys()) {
      restored(disk, key, ({ entry }) => ({ entry: change(entry) }))
    }
  })
}

/** Remembers what it has found until it writes itself. */
class Forgetful extends MemoryStorage {
  readonly #found = new Map<string, unknown>()
  protected async found<T>(name: string, find: () => Promise<T>): Promise<T> {
    if (!this.#found.has(name)) this.#found.set(name, await find())
    return this.#found.get(name) as T
  }
  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
    this.#found.clear()
    return super._writeSync(key, bytes, request)
  }
  protected override _delete(key: string, request: DeleteRequest) {
    this.#found.clear()
    return super._delete(key, request)
  }
}

/** Backends that lose something from one handle to the next, or do not see what another one does. */
export const brokenHandles: readonly Broken[] = [
  [
    "forgets expiries",
    /persistence: finds entries and history/,
    entries(({ expiresAt: _, ...entry }) => entry),
  ],
  [
    "rounds the time of saves",
    /persistence: finds entries and history/,
    entries((entry) => ({ ...entry, savedAt: new Date(Number(entry.savedAt) + 1) })),
  ],
  [
    "forgets sizes",
    /persistence: finds entries and history/,
    entries((entry) => ({ ...entry, size: 0 })),
  ],
  [
    "keeps backups in memory",
    /persistence: finds entries and history/,
    closing((disk) => {
      for (const [key, copies] of disk.copies) {
        disk.copies.set(
          key,
          copies.filter(({ entry }) => entry.kind === "version"),
        )
      }
    }),
  ],
  [
    "writes the bytes of versions nowhere",
    /persistence: finds entries and history/,
    closing((disk) => {
      for (const [key, copies] of disk.copies) {
        const emptied = copies.map(({ entry, stored }) => ({
          entry,
          stored: { ...stored, bytes: new Uint8Array(0) },
        }))
        disk.copies.set(key, emptied)
      }
    }),
  ],
  [
    "numbers its revisions by itself",
    /revisions: tell the saves of handles/,
    class extends MemoryStorage {
      #count = 0
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = super._writeSync(key, bytes, request)
        const revision = `${++this.#count}`
        restored(this.disk, key, (stored) => ({ entry: { ...stored.entry, revision } }))
        return { ...entry, revision }
      }
    },
  ],
  [
    "remembers the list",
    /contention: shows each handle/,
    class extends Forgetful {
      protected override _keys(request: ScanRequest) {
        return this.found(request.prefix, () => super._keys(request))
      }
    },
  ],
  [
    "remembers entries",
    /contention: shows each handle/,
    class extends Forgetful {
      protected override _stat(key: string) {
        return this.found(key, async () => this._readSync(key)?.entry)
      }
    },
  ],
  [
    "remembers the history",
    /contention: shows each handle/,
    class extends Forgetful {
      protected override _history(key: string): Promise<readonly HistoryEntry[]> {
        return this.found(key, () => super._history(key))
      }
    },
  ],
]
