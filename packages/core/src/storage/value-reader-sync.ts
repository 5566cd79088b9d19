import type { Serializer } from "../serializer.ts"
import type { HistoryEntry } from "./entry.ts"
import { isDamage } from "./format-registry.ts"
import type { Logger } from "./options.ts"
import type { StoredValue } from "./primitives.ts"
import { corruptError, newestValidSync } from "./recovery.ts"
import { guardedSync, keyedError } from "./storage-error.ts"
import type { ValueCodec } from "./value-codec.ts"
import { missingCopy, reportRecovery } from "./value-reader.ts"

/** The synchronous primitives of a backend that reading with recovery needs. */
export interface SyncReadPrimitives {
  read(key: string): StoredValue | undefined
  /** Empty where there is no history. */
  history(key: string): readonly HistoryEntry[]
  copy(key: string, id: string): StoredValue | undefined
}

/** `ValueReader` for programs that cannot wait; what it recovers is mended by the next `load`. */
export class SyncValueReader {
  readonly #backend: SyncReadPrimitives
  readonly #codec: ValueCodec
  readonly #logger: Logger | undefined

  constructor(backend: SyncReadPrimitives, codec: ValueCodec, logger: Logger | undefined) {
    this.#backend = backend
    this.#codec = codec
    this.#logger = logger
  }

  /** The current value, in a box that is absent when there is none. */
  current(key: string, named: Serializer | undefined): { readonly value: unknown } | undefined {
    const stored = guardedSync("load", key, () => this.#backend.read(key))
    if (stored === undefined) return undefined
    this.#codec.assertReads(key, stored, named)
    const decode = (copy: StoredValue) => this.#codec.decode(key, copy, named)
    try {
      return { value: decode(stored) }
    } catch (reason) {
      if (!isDamage(reason)) throw keyedError("load", key, reason)
      const substitute = guardedSync("load", key, () =>
        newestValidSync(
          this.#backend.history(key),
          (id) => this.#backend.copy(key, id),
          decode,
          reason,
        ),
      )
      if (substitute === undefined) throw corruptError(key, stored, reason)
      reportRecovery(key, substitute, this.#logger)
      return { value: substitute.value }
    }
  }

  /** One version or backup. */
  copy(key: string, id: string, named: Serializer | undefined): { readonly value: unknown } {
    const stored = guardedSync("load", key, () => this.#backend.copy(key, id))
    if (stored === undefined) throw missingCopy(key, id)
    this.#codec.assertReads(key, stored, named)
    try {
      return { value: this.#codec.decode(key, stored, named) }
    } catch (error) {
      throw isDamage(error) ? corruptError(key, stored, error) : keyedError("load", key, error)
    }
  }
}
