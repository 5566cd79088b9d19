import type {
  Change,
  DeleteRequest,
  Entry,
  ScanRequest,
  UpdateRequest,
  WriteRequest,
} from "../../src/index.ts"
import { type Broken, mapping, type StorageClass, writing } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

function watching(tell: (changes: AsyncIterable<Change>) => AsyncGenerator<Change>) {
  return class extends MemoryStorage {
    protected override _watch(request: ScanRequest) {
      return tell(super._watch(request))
    }
  }
}

/** Takes what `same` makes the current revision of for it. */
function alike(same: (revision: string, current: string) => string): StorageClass {
  return class extends MemoryStorage {
    #taken<Request extends WriteRequest | DeleteRequest>(key: string, request: Request): Request {
      const current = this._readSync(key)?.entry.revision
      if (current === undefined || typeof request.ifRevision !== "string") return request
      return same(request.ifRevision, current) === current
        ? { ...request, ifRevision: current }
        : request
    }
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      return super._writeSync(key, bytes, this.#taken(key, request))
    }
    protected override _delete(key: string, request: DeleteRequest) {
      return super._delete(key, this.#taken(key, request))
    }
  }
}

/** Backends that keep the contract nearly always. */
export const brokenDetails: readonly Broken[] = [
  [
    "records no version of a value that it has one of",
    /history: records a version of every save/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const last = this.disk.copies.get(key)?.at(-1)
        const isKnown = last !== undefined && Buffer.from(last.stored.bytes).equals(bytes)
        return super._writeSync(key, bytes, isKnown ? { ...request, version: undefined } : request)
      }
    },
  ],
  [
    "tells another size of versions",
    /history: records a version of every save/,
    class extends MemoryStorage {
      protected override _historySync(key: string) {
        return super._historySync(key).map((copy) => ({ ...copy, size: copy.size + 1 }))
      }
    },
  ],
  [
    "dates versions by when they are listed",
    /history: records a version of every save/,
    class extends MemoryStorage {
      protected override _historySync(key: string) {
        const savedAt = new Date(this.clock())
        return super._historySync(key).map((copy) => ({ ...copy, savedAt }))
      }
    },
  ],
  [
    "lists a thousand keys at most",
    /listing: lists many keys/,
    class extends MemoryStorage {
      protected override async *_entries(request: ScanRequest): AsyncGenerator<Entry> {
        let count = 0
        for await (const entry of super._entries(request)) if (count++ < 1_000) yield entry
      }
    },
  ],
  [
    "loses one save of fifty",
    /values: lets every load/,
    class extends MemoryStorage {
      #count = 0
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const before = this.disk.values.get(key)
        const entry = super._writeSync(key, bytes, request)
        if (before && ++this.#count % 50 === 0) this.disk.values.set(key, before)
        return entry
      }
    },
  ],
  [
    "writes the old value again when the change throws",
    /update: leaves the value when the change throws/,
    class extends MemoryStorage {
      protected override _update(key: string, request: UpdateRequest) {
        return super._update(key, {
          ...request,
          next: (stored) =>
            request.next(stored).catch((error) => {
              if (stored) {
                const entry = { ...stored.entry, revision: "again" }
                this.disk.values.set(key, { ...stored, entry })
              }
              throw error
            }),
        })
      }
    },
  ],
  [
    "lets a value end a millisecond early",
    /expiry: ends to the millisecond/,
    class extends MemoryStorage {
      protected override _readSync(key: string) {
        const stored = super._readSync(key)
        const endsAt = stored?.entry.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
        return endsAt - 1 <= this.clock() ? undefined : stored
      }
    },
  ],
  [
    "hands out the bytes that it holds",
    /formats: keeps what it holds apart/,
    class extends MemoryStorage {
      protected override _readSync(key: string) {
        const stored = super._readSync(key)
        return stored && { ...stored, bytes: this.disk.values.get(key)!.bytes }
      }
    },
  ],
  [
    "tells of nine changes out of ten",
    /watch: tells of every one/,
    watching(async function* (changes) {
      let count = 0
      for await (const change of changes) if (++count % 10 > 0) yield change
    }),
  ],
  [
    "tells of a save before it is done",
    /watch: tells of what can be read/,
    class extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        this.disk.changes.publish({ type: "save", key })
        await new Promise((resolve) => setTimeout(resolve, 20))
        return super._write(key, bytes, request)
      }
    },
  ],
  [
    "tells of deletes that found nothing",
    /watch: tells of what can be read/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        const existed = await super._delete(key, request)
        if (!existed) this.disk.changes.publish({ type: "delete", key })
        return existed
      }
    },
  ],
  [
    "takes the two small letters sigma for one",
    /keys: gives every allowed string/,
    mapping((key) => key.replaceAll("\u03c2", "\u03c3")),
  ],
  [
    "keeps only the last part of a format",
    /formats: tells keys and extensions/,
    writing(({ format }) => ({ format: format.slice(format.lastIndexOf(".")) })),
  ],
  [
    "rounds expiries up to seconds",
    /expiry: ends to the millisecond/,
    writing(({ expiresAt }) => ({
      expiresAt: expiresAt === undefined ? undefined : Math.ceil(expiresAt / 1000) * 1000,
    })),
  ],
  [
    "lets nothing expire after 2038",
    /expiry: may be far away/,
    writing(({ expiresAt }) => ({
      expiresAt: expiresAt === undefined ? undefined : Math.min(expiresAt, 2_147_483_647_000),
    })),
  ],
  [
    "keeps damaged bytes as a backup of a delete",
    /damage: never becomes a backup/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        return super._delete(key, { ...request, isValid: () => true })
      }
    },
  ],
  [
    "compares revisions without regard to blanks at the end",
    /revisions: that only resemble the current one/,
    alike((revision) => revision.trimEnd()),
  ],
  [
    "compares revisions by their beginning",
    /revisions: that only resemble the current one/,
    alike((revision, current) => revision.slice(0, current.length)),
  ],
  [
    "counts characters for the size",
    /values: tells the size of the bytes/,
    class extends MemoryStorage {
      protected override async _stat(key: string) {
        const stored = this._readSync(key)
        return stored && { ...stored.entry, size: String(Buffer.from(stored.bytes)).length }
      }
    },
  ],
  [
    "dates a backup by its value where it is read",
    /history: keeps what a save replaces/,
    class extends MemoryStorage {
      protected override _readHistorySync(key: string, id: string) {
        const stored = super._readHistorySync(key, id)
        return stored && { ...stored, entry: { ...stored.entry, savedAt: new Date(0) } }
      }
    },
  ],
  [
    "takes U+FFFF for the end of all keys",
    /keys: gives every allowed string/,
    class extends MemoryStorage {
      protected override async *_entries(request: ScanRequest): AsyncGenerator<Entry> {
        for await (const entry of super._entries(request)) {
          if (entry.key.slice(request.prefix.length) <= "\uffff") yield entry
        }
      }
    },
  ],
]
