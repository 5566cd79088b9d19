import { checkFence, type DeleteRequest, fencedError, type WriteRequest } from "../../src/index.ts"
import { type Broken, writing } from "./broken-storages.ts"
import { MemoryStorage } from "./memory-storage.ts"

/** Backends that let in who lost a lease, or keep out who holds one. */
export const brokenFences: readonly Broken[] = [
  ["takes no notice of fences", /fences: let the same/, writing(() => ({ fence: undefined }))],
  [
    "deletes whatever the fence",
    /fences: let the same/,
    class extends MemoryStorage {
      protected override _delete(key: string, request: DeleteRequest) {
        return super._delete(key, { ...request, fence: undefined })
      }
    },
  ],
  [
    "forgets the fence with the value",
    /fences: outlive unfenced writes/,
    class extends MemoryStorage {
      protected override async _delete(key: string, request: DeleteRequest) {
        const existed = await super._delete(key, request)
        this.disk.marks.delete(key)
        return existed
      }
    },
  ],
  [
    "takes the last token for the highest",
    /fences: outlive unfenced writes/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = super._writeSync(key, bytes, request)
        if (request.fence === undefined) this.disk.marks.delete(key)
        return entry
      }
    },
  ],
  [
    "compares fences as text",
    /fences: are compared as the numbers/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const stored = this.disk.marks.get(key)
        const { fence } = request
        if (fence === undefined || stored === undefined) {
          return super._writeSync(key, bytes, request)
        }
        if (String(fence) < String(stored)) throw fencedError(key, fence, stored)
        this.disk.marks.delete(key)
        return super._writeSync(key, bytes, request)
      }
    },
  ],
  [
    "raises the fence before it looks at the revision",
    /fences: are not raised/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const { fence } = request
        checkFence(key, fence, this.disk.marks.get(key))
        if (fence !== undefined) this.disk.marks.set(key, fence)
        return super._writeSync(key, bytes, request)
      }
    },
  ],
  [
    "looks at the revision before the fence",
    /fences: go before revisions/,
    class extends MemoryStorage {
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        super._writeSync(key, bytes, { ...request, fence: undefined })
        return super._writeSync(key, bytes, { ...request, ifRevision: undefined })
      }
    },
  ],
  [
    "checks the fence and writes in two steps",
    /fences: let the highest of many/,
    class extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const { fence } = request
        checkFence(key, fence, this.disk.marks.get(key))
        await new Promise((resolve) => setTimeout(resolve, (fence ?? 0) % 2))
        const entry = await super._write(key, bytes, { ...request, fence: undefined })
        if (fence === undefined) return entry
        this.disk.marks.set(key, fence)
        return { ...entry, fence }
      }
    },
  ],
  [
    "keeps fences to itself",
    /fences: hold for the next handle/,
    class extends MemoryStorage {
      readonly #own = new Map<string, number>()
      protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest) {
        const { fence } = request
        checkFence(key, fence, this.#own.get(key))
        const entry = super._writeSync(key, bytes, { ...request, fence: undefined })
        if (fence !== undefined) this.#own.set(key, fence)
        return entry
      }
    },
  ],
]
