import { PersistError } from "@persist/atomic"
import type { Change, DeleteRequest, Entry, ScanRequest, WriteRequest } from "../../src/index.ts"
import { LinkedStorage } from "./linked-storage.ts"

const indeterminate = "ERR_PERSIST_INDETERMINATE"

function isLost(error: unknown): boolean {
  return PersistError.is(error, indeterminate)
}

function failed(): PersistError {
  return new PersistError("ERR_PERSIST_CONNECTION", "It failed.")
}

/** Backends on a server that say or do the wrong thing when the link to it fails. */
export const brokenLinks: readonly (readonly [
  broken: string,
  noticed: RegExp,
  storage: typeof LinkedStorage,
])[] = [
  [
    "sends a lost save again",
    /never report a conflict for the own success/,
    class extends LinkedStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        try {
          return await super._write(key, bytes, request)
        } catch (error) {
          if (!isLost(error)) throw error
          return super._write(key, bytes, request)
        }
      }
    },
  ],
  [
    "runs a lost update again",
    /apply an update whose reply is lost once/,
    class extends LinkedStorage {
      protected override async _update(...update: Parameters<LinkedStorage["_update"]>) {
        try {
          return await super._update(...update)
        } catch (error) {
          if (!isLost(error)) throw error
          return super._update(...update)
        }
      }
    },
  ],
  [
    "sends a lost delete again",
    /a delete whose reply is lost/,
    class extends LinkedStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        try {
          return await super._delete(key, request)
        } catch (error) {
          if (!isLost(error)) throw error
          return super._delete(key, request)
        }
      }
    },
  ],
  [
    "says of every lost save that it has failed",
    /a save whose reply is lost/,
    class extends LinkedStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, bytes, request).catch((error) => {
          throw isLost(error) ? failed() : error
        })
      }
    },
  ],
  [
    "says of a lost request that it was carried out",
    /a save whose request is lost/,
    class extends LinkedStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, bytes, request).catch((error): Entry => {
          if (!isLost(error)) throw error
          const { format } = request
          return { key, format, size: bytes.length, revision: "1", savedAt: new Date(0) }
        })
      }
    },
  ],
  [
    "says of what is still on its way that it has failed",
    /never act late/,
    class extends LinkedStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, bytes, request).catch((error) => {
          throw isLost(error) && key.startsWith("text-") ? failed() : error
        })
      }
    },
  ],
  [
    "waits for a silent server for ever",
    /let every operation settle/,
    class extends LinkedStorage {
      protected override async _stat(key: string, signal: AbortSignal | undefined) {
        for (;;) {
          try {
            return await super._stat(key, signal)
          } catch (error) {
            if (!isLost(error)) throw error
          }
        }
      }
    },
  ],
  [
    "does not connect again",
    /are over for the next operation/,
    class extends LinkedStorage {
      #isCut = false
      constructor(...options: ConstructorParameters<typeof LinkedStorage>) {
        super(...options)
        this.link.cut = () => {
          this.#isCut = true
        }
      }
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        if (this.#isCut) throw failed()
        return super._write(key, bytes, request)
      }
    },
  ],
  [
    "forgets to watch after a cut",
    /told to a watch/,
    class extends LinkedStorage {
      protected override _watch(request: ScanRequest): AsyncIterable<Change> {
        const { promise, resolve } = Promise.withResolvers<void>()
        this.link.cut = resolve
        const changes = super._watch(request)
        return (async function* () {
          const iterator = changes[Symbol.asyncIterator]()
          for (;;) {
            const step = await Promise.race([iterator.next(), promise.then(() => undefined)])
            if (step === undefined) await new Promise(() => {})
            else if (step.done) return
            else yield step.value
          }
        })()
      }
    },
  ],
  [
    "loses acknowledged saves when it is cut",
    /leave no lost|are over for the next/,
    class extends LinkedStorage {
      constructor(...options: ConstructorParameters<typeof LinkedStorage>) {
        super(...options)
        const cut = this.link.cut.bind(this.link)
        this.link.cut = () => {
          cut()
          this.disk.values.clear()
        }
      }
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = await super._write(key, bytes, request)
        this.link.cut()
        return entry
      }
    },
  ],
  [
    "gives two saves one revision",
    /leave no lost/,
    class extends LinkedStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = await super._write(key, bytes, request)
        return key === "register" ? { ...entry, revision: "always the same" } : entry
      }
    },
  ],
]
