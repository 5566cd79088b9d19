import type { Serializer } from "../serializer.ts"
import { isDamage } from "./format-registry.ts"
import { isHistoryId } from "./history-id.ts"
import type { StoredValue } from "./primitives.ts"
import { corruptError, missingCopy, newestValidSync } from "./recovery.ts"
import { reportRecovery } from "./recovery-report.ts"
import { guardedSync, keyedError } from "./storage-error.ts"
import type { StorageParts } from "./storage-parts.ts"

/** `ValueReader` for programs that cannot wait; what it recovers is mended by the next `load`. */
export class SyncValueReader {
  readonly #parts: StorageParts

  constructor(parts: StorageParts) {
    this.#parts = parts
  }

  /** The current value, in a box that is absent when there is none. */
  current(key: string, named: Serializer | undefined): { readonly value: unknown } | undefined {
    const { backend, codec, logger, operations } = this.#parts
    const stored = guardedSync("load", key, () => backend.readSync(key))
    if (stored === undefined) return undefined
    codec.assertReads(key, stored, named)
    const decode = (copy: StoredValue) => codec.decode(key, copy, named)
    try {
      return { value: decode(stored) }
    } catch (reason) {
      if (!isDamage(reason)) throw keyedError("load", key, reason)
      const substitute = guardedSync("load", key, () => {
        const history = operations.supports("history") ? backend.historySync(key) : []
        const copies = codec.copiesOf(stored, history)
        return newestValidSync(copies, (id) => backend.readHistorySync(key, id), decode, reason)
      })
      if (substitute === undefined) throw corruptError(key, stored, reason)
      reportRecovery(key, substitute, logger)
      return { value: substitute.value }
    }
  }

  /** One version or backup. */
  copy(key: string, id: string, named: Serializer | undefined): { readonly value: unknown } {
    const { backend, codec } = this.#parts
    const read = () => backend.readHistorySync(key, id)
    const stored = isHistoryId(id) ? guardedSync("load", key, read) : undefined
    if (stored === undefined) throw missingCopy(key, id)
    codec.assertReads(key, stored, named)
    try {
      return { value: codec.decode(key, stored, named) }
    } catch (error) {
      throw isDamage(error) ? corruptError(key, stored, error) : keyedError("load", key, error)
    }
  }
}
