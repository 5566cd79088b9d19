import type {
  DeleteRequest,
  Entry,
  NextValue,
  ScanRequest,
  StoredValue,
  UpdateRequest,
  WriteRequest,
} from "../../src/index.ts"
import type { Broken, StorageClass } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

/** Changes what `_update` is asked for. */
function updating(change: (request: UpdateRequest) => UpdateRequest): StorageClass {
  return class extends MemoryStorage {
    protected override _update(key: string, request: UpdateRequest) {
      return super._update(key, change(request))
    }
  }
}

/** Looks again only if `isStale`, given what the change saw and what is there then. */
function lookingAgain(
  isStale: (seen: StoredValue | undefined, found: StoredValue | undefined) => boolean,
): StorageClass {
  return class extends MemoryStorage {
    protected override async _update(key: string, { next }: UpdateRequest): Promise<Entry> {
      for (;;) {
        const seen = await this._read(key)
        const { bytes, request } = await next(seen)
        if (!isStale(seen, this._readSync(key))) return this._writeSync(key, bytes, request)
      }
    }
  }
}

const isOther = (one: StoredValue | undefined, other: StoredValue | undefined) =>
  one?.entry.revision !== other?.entry.revision

/** Backends whose updates, deletes and listings overlook what others do, or what they were asked for. */
export const brokenUpdates: readonly Broken[] = [
  [
    "brings back what is deleted during an update",
    /update meanwhile: sees a delete/,
    lookingAgain((seen, found) => found !== undefined && isOther(seen, found)),
  ],
  [
    "overlooks what is saved during an update of what is missing",
    /update meanwhile: sees a save/,
    lookingAgain((seen, found) => seen !== undefined && isOther(seen, found)),
  ],
  [
    "does not hear the signal of an update that waits",
    /update meanwhile: hears its signal/,
    updating((request) => ({ ...request, signal: undefined })),
  ],
  [
    "keeps all history of updates",
    /retention: holds for updates/,
    updating(({ next, ...request }) => ({
      ...request,
      async next(stored): Promise<NextValue> {
        const { bytes, request: asked } = await next(stored)
        const retention = { versions: 1e9, backups: 1e9, maxAge: Number.POSITIVE_INFINITY }
        return { bytes, request: { ...asked, retention } }
      },
    })),
  ],
  [
    "deletes the history only, when told to delete it too",
    /history: goes with a delete/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        const stored = this.disk.values.get(key)
        const existed = await super._delete(key, request)
        if (request.history && stored) this.disk.values.set(key, stored)
        return existed
      }
    },
  ],
  [
    "fails to list where a key goes meanwhile",
    /listing: goes on when what comes next/,
    class extends MemoryStorage {
      protected override async *_entries({ prefix }: ScanRequest): AsyncIterable<Entry> {
        for (const key of [...this.disk.values.keys()]) {
          await new Promise((resolve) => setImmediate(resolve))
          if (key.startsWith(prefix)) yield this.disk.values.get(key)!.entry
        }
      }
    },
  ],
  [
    "leaves listeners on the signals of writes",
    /misuse: leaves nothing on the signal/,
    class extends MemoryStorage {
      protected override _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        request.signal?.addEventListener("abort", () => undefined)
        return super._write(key, bytes, request)
      }
    },
  ],
  [
    "leaves listeners on the signals of reads",
    /misuse: leaves nothing on the signal/,
    class extends MemoryStorage {
      protected override _read(key: string, signal?: AbortSignal) {
        signal?.addEventListener("abort", () => undefined)
        return super._read(key)
      }
    },
  ],
]
