import { PersistError } from "@persist/atomic"
import type { Change, DeleteRequest, Entry, ScanRequest, WriteRequest } from "../../src/index.ts"
import { restored } from "./broken-entries.ts"
import { type Broken, type StorageClass, writing } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Differs between what waits and what does not. */
class TwoWays extends MemoryStorage {
  protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
    await turn()
    if (request.signal?.aborted) throw request.signal.reason
    return super._writeSync(key, bytes, request)
  }
}

function savingAtOnce(change: Partial<WriteRequest>): StorageClass {
  return class extends TwoWays {
    protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
      return super._writeSync(key, bytes, { ...request, ...change })
    }
  }
}

/** Lists in pages of a hundred. */
function paging(page: (entries: readonly Entry[], done: readonly Entry[]) => Entry[]) {
  return class extends MemoryStorage {
    protected override async *_entries({ prefix }: ScanRequest): AsyncGenerator<Entry> {
      const done: Entry[] = []
      for (;;) {
        const values = [...this.disk.values.values()].map(({ entry }) => entry)
        const below = values.filter(({ key }) => key.startsWith(prefix))
        const next = page(below, done).slice(0, 100)
        if (next.length === 0) return
        for (const entry of next) {
          done.push(entry)
          if (this.disk.values.has(entry.key)) yield entry
        }
      }
    }
  }
}

/** Backends that go wrong when things come together: expiries and fences, handles and twins, what is aborted and what is not. */
export const brokenMoments: readonly Broken[] = [
  [
    "counts the life of a value in 31 bits",
    /expiry: may be far away/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const left = (request.expiresAt ?? 0) - this.clock()
        const expiresAt = left > 2 ** 31 ? this.clock() + 1 : request.expiresAt
        return super._writeSync(key, bytes, { ...request, expiresAt })
      }
    },
  ],
  [
    "saves without expiry at once",
    /expiry: holds for the synchronous/,
    savingAtOnce({ expiresAt: undefined }),
  ],
  ["saves JSON only at once", /sync: keeps to the format/, savingAtOnce({ format: ".json" })],
  [
    "backs up what has expired",
    /expiry: leaves the history of a value/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        restored(this.disk, key, ({ entry: { expiresAt: _, ...entry } }) => ({ entry }))
        return super._delete(key, request)
      }
    },
  ],
  [
    "forgets the fence of what it sweeps away",
    /fences: outlive an expired value/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        for (const other of [...this.disk.values.keys()]) {
          if (this._readSync(other) !== undefined) continue
          this.disk.values.delete(other)
          this.disk.marks.delete(other)
        }
        return super._delete(key, request)
      }
    },
  ],
  [
    "sweeps away the bytes of fenced values before their time",
    /fences: leave a value alone/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        for (const [other, { entry }] of this.disk.values) {
          const isKept = entry.expiresAt === undefined || !this.disk.marks.has(other)
          if (!isKept) restored(this.disk, other, () => ({ bytes: new Uint8Array(0) }))
        }
        return super._delete(key, request)
      }
    },
  ],
  [
    "keeps fences in 32 bits",
    /fences: are compared as the numbers/,
    writing(({ fence }) => ({ fence: fence && fence % 2 ** 32 })),
  ],
  [
    "writes later what was aborted",
    /misuse: lets nothing that was aborted/,
    class extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        await turn()
        if (!request.signal?.aborted) return super._writeSync(key, bytes, request)
        const late = { ...request, ifRevision: undefined }
        setTimeout(() => super._writeSync(key, bytes, late), 25)
        throw request.signal.reason
      }
    },
  ],
  [
    "lets the abort of one save end another",
    /misuse: lets nothing that was aborted/,
    class extends MemoryStorage {
      #aborted: unknown
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const { signal } = request
        signal?.addEventListener("abort", () => {
          this.#aborted = signal.reason
        })
        await turn()
        const aborted = this.#aborted
        this.#aborted = undefined
        if (aborted) throw aborted
        return super._writeSync(key, bytes, request)
      }
    },
  ],
  [
    "compares the revision of a delete, and deletes afterwards",
    /revisions: let one of a save and a delete/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        const { ifRevision } = request
        if (ifRevision !== undefined && ifRevision !== this._readSync(key)?.entry.revision) {
          throw new PersistError("ERR_PERSIST_CONFLICT", "It was changed.", { key })
        }
        await turn()
        return super._delete(key, { ...request, ifRevision: undefined })
      }
    },
  ],
  [
    "has one cursor for all listings",
    /listing: goes on beside/,
    class extends MemoryStorage {
      #keys: string[] = []
      #open = 0
      protected override async *_entries({ prefix }: ScanRequest): AsyncGenerator<Entry> {
        if (this.#open++ === 0) this.#keys = [...this.disk.values.keys()]
        try {
          for (let key = this.#keys.shift(); key !== undefined; key = this.#keys.shift()) {
            const stored = key.startsWith(prefix) ? this._readSync(key) : undefined
            if (stored) yield stored.entry
          }
        } finally {
          this.#open--
        }
      }
    },
  ],
  [
    "counts how many it has listed",
    /listing: lists many/,
    paging((entries, { length }) => entries.slice(length)),
  ],
  [
    "lists by time of save",
    /listing: lists many/,
    paging((entries, done) => {
      const last = Number(done.at(-1)?.revision ?? 0)
      return entries
        .filter(({ revision }) => Number(revision) > last)
        .sort((one, other) => Number(one.revision) - Number(other.revision))
    }),
  ],
  [
    "tells no watch of what is saved at once",
    /watch: tells of saves and deletes/,
    class extends TwoWays {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const { changes } = this.disk
        const publish = changes.publish.bind(changes)
        changes.publish = () => {}
        try {
          return super._writeSync(key, bytes, request)
        } finally {
          changes.publish = publish
        }
      }
    },
  ],
  [
    "tells of a save that is refused",
    /watch: tells of what can be read/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        if (request.ifRevision === "made up") this.disk.changes.publish({ type: "save", key })
        return super._writeSync(key, bytes, request)
      }
    },
  ],
  [
    "ends every watch with the first",
    /watch: ends for nobody else/,
    class extends MemoryStorage {
      readonly #all = new AbortController()
      protected override _watch({ prefix, signal }: ScanRequest): AsyncIterable<Change> {
        signal?.addEventListener("abort", () => this.#all.abort())
        return this.disk.changes.follow(prefix, this.#all.signal)
      }
    },
  ],
  [
    "tells of keys in another normal form",
    /watch: tells of every one/,
    class extends MemoryStorage {
      protected override async *_watch(request: ScanRequest): AsyncGenerator<Change> {
        for await (const change of super._watch(request)) {
          yield { ...change, key: change.key.normalize("NFC") }
        }
      }
    },
  ],
  [
    "watches a folder of the same name in other letters",
    /watch: keeps to the key and subfolder/,
    class extends MemoryStorage {
      protected override async *_watch({ prefix, signal }: ScanRequest): AsyncGenerator<Change> {
        const begin = prefix.toLowerCase()
        for await (const change of this.disk.changes.follow("", signal)) {
          if (change.key.toLowerCase().startsWith(begin)) yield change
        }
      }
    },
  ],
]
