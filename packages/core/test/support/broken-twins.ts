import type { DeleteRequest, WriteRequest } from "../../src/index.ts"
import { type Broken, mapping } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

/** Backends that do one thing right and its twin wrong. */
export const brokenTwins: readonly Broken[] = [
  [
    "keeps what saveSync replaces for ever",
    /sync: makes history/,
    class extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._writeSync(key, bytes, request)
      }
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const never = Number.POSITIVE_INFINITY
        const retention = { versions: never, backups: never, maxAge: never }
        return super._writeSync(key, bytes, { ...request, retention })
      }
    },
  ],
  [
    "keeps a backup for a delete that is refused",
    /history: makes no history of what is refused/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        try {
          return await super._delete(key, request)
        } catch (error) {
          const stored = await this._read(key)
          if (stored === undefined || request.backup === undefined) throw error
          const { size, format, savedAt } = stored.entry
          const entry = { id: request.backup, kind: "backup", savedAt, size, format } as const
          const copies = this.disk.copies.get(key) ?? []
          this.disk.copies.set(key, [...copies, { entry, stored }])
          throw error
        }
      }
    },
  ],
  [
    "lists no copies of what has expired",
    /expiry: leaves the history of a value/,
    class extends MemoryStorage {
      protected override _historySync(key: string) {
        const isThere = this._readSync(key) !== undefined || !this.disk.values.has(key)
        return isThere ? super._historySync(key) : []
      }
    },
  ],
  [
    "tells the format of the value of its copies",
    /history: keeps a backup in the format/,
    class extends MemoryStorage {
      protected override _historySync(key: string) {
        const current = this.disk.values.get(key)?.entry
        return super
          ._historySync(key)
          .map((copy) => ({ ...copy, format: current?.format ?? copy.format }))
      }
    },
  ],
  [
    "takes a plus in a key for a space",
    /keys: gives every allowed string/,
    mapping((key) => key.replaceAll("+", " ")),
  ],
  [
    "takes one syllabary for the other",
    /keys: gives every allowed string/,
    mapping((key) => key.replaceAll("\u3042", "\u30a2")),
  ],
  [
    "cuts keys at 4,096 characters",
    /keys: gives every allowed string/,
    mapping((key) => key.slice(0, 4096)),
  ],
]
