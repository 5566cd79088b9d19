import type { DeleteRequest, StoredValue, UpdateRequest, WriteRequest } from "../../src/index.ts"
import { type Broken, type StorageClass, writing } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

const infinite = Number.POSITIVE_INFINITY

/** Changes the entry of the backup that a save or a delete makes. */
function backingUp(change: (bytes: Uint8Array, format: string) => object): StorageClass {
  return class extends MemoryStorage {
    #change(key: string, id: string | undefined, bytes: Uint8Array, format: string) {
      const copies = this.disk.copies.get(key) ?? []
      const changed = copies.map((copy) => {
        if (copy.entry.id !== id) return copy
        const entry = { ...copy.stored.entry, ...change(bytes, format) }
        return {
          entry: { ...copy.entry, ...change(bytes, format) },
          stored: { ...copy.stored, entry },
        }
      })
      this.disk.copies.set(key, changed)
    }
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      const entry = super._writeSync(key, bytes, request)
      this.#change(key, request.backup, bytes, request.format)
      return entry
    }
    protected override async _delete(key: string, request: DeleteRequest) {
      const existed = await super._delete(key, request)
      this.#change(key, request.backup, new Uint8Array(0), ".json")
      return existed
    }
  }
}

/** Changes what `_delete` is asked for. */
function deleting(
  change: (request: DeleteRequest, current: StoredValue | undefined) => Partial<DeleteRequest>,
): StorageClass {
  return class extends MemoryStorage {
    protected override _delete(key: string, request: DeleteRequest) {
      return super._delete(key, { ...request, ...change(request, this._readSync(key)) })
    }
  }
}

/** Backends that are careless with versions and backups. */
export const brokenCopies: readonly Broken[] = [
  [
    "brings deleted history back with the next save",
    /history: goes with a delete/,
    class extends MemoryStorage {
      readonly #hidden = new Map<string, NonNullable<ReturnType<typeof this.disk.copies.get>>>()
      protected override async _delete(key: string, request: DeleteRequest) {
        const copies = this.disk.copies.get(key)
        if (request.history && copies !== undefined) this.#hidden.set(key, copies)
        return super._delete(key, request)
      }
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const hidden = this.#hidden.get(key)
        if (hidden !== undefined) this.disk.copies.set(key, hidden)
        return super._writeSync(key, bytes, request)
      }
    },
  ],
  [
    "takes an empty revision of a delete for none",
    /revisions: guard a delete/,
    deleting(({ ifRevision }) => ({ ifRevision: ifRevision || undefined })),
  ],
  [
    "keeps a backup in the format of what comes next",
    /history: keeps a backup in the format/,
    backingUp((_, format) => ({ format })),
  ],
  [
    "tells the size of what comes next of a backup",
    /history: keeps a backup in the format/,
    backingUp(({ length }) => ({ size: length })),
  ],
  [
    "validates a backup by the format of what comes next",
    /history: keeps a backup in the format/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const isValid = (old: Uint8Array) => request.isValid(old, request.format)
        return super._writeSync(key, bytes, { ...request, isValid })
      }
    },
  ],
  [
    "drops a copy for a save that is refused",
    /history: makes no history of what is refused/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        try {
          return super._writeSync(key, bytes, request)
        } catch (error) {
          this.disk.copies.get(key)?.shift()
          throw error
        }
      }
    },
  ],
  [
    "deletes no history of what is gone already",
    /history: goes with a delete/,
    deleting(({ history }, current) => ({ history: history && current !== undefined })),
  ],
  [
    "keeps all backups that deletes make",
    /retention: keeps as many backups/,
    deleting(() => ({ retention: { versions: infinite, backups: infinite, maxAge: infinite } })),
  ],
  [
    "keeps a hundred versions at most",
    /retention: keeps every version/,
    writing(({ retention }) => ({ retention: { ...retention, versions: 100 } })),
  ],
  [
    "loads the current value for the newest version",
    /history: keeps versions as they were/,
    class extends MemoryStorage {
      protected override _readHistorySync(key: string, id: string) {
        const versions = this._historySync(key).filter(({ kind }) => kind === "version")
        const current = versions.at(-1)?.id === id ? this._readSync(key) : undefined
        return current ?? super._readHistorySync(key, id)
      }
    },
  ],
  [
    "mixes the backups of keys that differ in case",
    /keys: keeps the history of similar keys apart/,
    class extends MemoryStorage {
      protected override _historySync(key: string) {
        const found = [...this.disk.copies].flatMap(([other, copies]) => {
          const entries = copies.map(({ entry }) => entry)
          if (other === key) return entries
          const isSimilar = other.toLowerCase() === key.toLowerCase()
          return isSimilar ? entries.filter(({ kind }) => kind === "backup") : []
        })
        return found.toSorted((one, another) => (one.id < another.id ? -1 : 1))
      }
    },
  ],
  [
    "takes _ and % in a key whose history goes for wildcards",
    /keys: keeps the history of similar keys apart/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        const existed = await super._delete(key, request)
        const literal = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        const like = literal.replaceAll("_", ".").replaceAll("%", ".*")
        for (const other of request.history ? this.disk.copies.keys() : []) {
          if (new RegExp(`^${like}$`, "s").test(other)) this.disk.copies.delete(other)
        }
        return existed
      }
    },
  ],
  [
    "writes nothing when an update changes nothing",
    /update: writes what the change leaves/,
    class extends MemoryStorage {
      protected override async _update(key: string, request: UpdateRequest) {
        const before = await this._read(key)
        const { bytes, request: write } = await request.next(await this._read(key))
        const isSame = before && Buffer.compare(before.bytes, bytes) === 0
        return isSame ? before.entry : this._write(key, bytes, write)
      }
    },
  ],
  [
    "gives a restored value the time of its copy",
    /history: restores a version/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = super._writeSync(key, bytes, request)
        const copies = this.disk.copies.get(key) ?? []
        const copy = copies.find(({ stored }) => Buffer.compare(stored.bytes, bytes) === 0)
        return { ...entry, savedAt: copy?.entry.savedAt ?? entry.savedAt }
      }
    },
  ],
  [
    "gives a backup the time of the value that it keeps",
    /history: keeps what a save replaces/,
    class extends MemoryStorage {
      readonly #saved = new Map<string, Date>()
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const replaced = this._readSync(key)
        if (request.backup && replaced) this.#saved.set(request.backup, replaced.entry.savedAt)
        return super._writeSync(key, bytes, request)
      }
      protected override _historySync(key: string) {
        const copies = super._historySync(key)
        return copies.map((copy) => ({
          ...copy,
          savedAt: this.#saved.get(copy.id) ?? copy.savedAt,
        }))
      }
    },
  ],
]
