import { PersistError } from "@persist/atomic"
import { throwIfAborted } from "@persist/atomic/options"
import { reasonOf } from "../values/path.ts"
import { isDamage } from "./format-registry.ts"
import { isHistoryId } from "./history-id.ts"
import type { LoadedEntry } from "./options.ts"
import type { StoredValue } from "./primitives.ts"
import { corruptError, missingCopy, newestValid, type Substitute } from "./recovery.ts"
import { reportRecovery } from "./recovery-report.ts"
import { described, guarded, keyedError } from "./storage-error.ts"
import type { ReadIntent, StorageParts } from "./storage-parts.ts"

// How often a value may be half written when it is read before it is taken for damaged.
const mostAttempts = 5

/** Why damaged bytes could not be set aside. */
interface Obstacle {
  readonly cause: unknown
}

/** Reads values, and finds another for damaged bytes. */
export class ValueReader {
  readonly #parts: StorageParts

  constructor(parts: StorageParts) {
    this.#parts = parts
  }

  /** The current value; one that had to be recovered is written back, so that the storage is whole again. */
  async current(intent: ReadIntent, attempt = 1): Promise<LoadedEntry<unknown> | undefined> {
    const { backend, codec } = this.#parts
    const { key, serializer, signal } = intent
    const stored = await guarded("load", key, signal, () => backend.read(key, signal))
    throwIfAborted(signal, described("load", key))
    if (stored === undefined) return undefined
    codec.assertReads(key, stored, serializer)
    try {
      return { value: codec.decode(key, stored, serializer), entry: stored.entry }
    } catch (reason) {
      if (attempt < mostAttempts && (await this.#hasChanged(intent, stored, reason))) {
        return this.current(intent, attempt + 1)
      }
      const { obstacle, ...substitute } = await this.#substitute(intent, stored, reason)
      if (obstacle === undefined) return this.#mended(intent, stored, substitute)
      // These are all there is of the damaged bytes: they are not written over.
      const { value, recovery: recovered } = substitute
      return { value, entry: { ...stored.entry, recovered } }
    }
  }

  /** One version or backup. */
  async copy(intent: ReadIntent, id: string): Promise<LoadedEntry<unknown>> {
    const { backend, codec } = this.#parts
    const { key, serializer, signal } = intent
    const read = () => backend.readHistory(key, id, signal)
    const stored = isHistoryId(id) ? await guarded("load", key, signal, read) : undefined
    if (stored === undefined) throw missingCopy(key, id)
    codec.assertReads(key, stored, serializer)
    try {
      return { value: codec.decode(key, stored, serializer), entry: stored.entry }
    } catch (error) {
      throw isDamage(error) ? corruptError(key, stored, error) : keyedError("load", key, error)
    }
  }

  /** The substitute for stored bytes that could not be decoded for `reason`, which the caller may write over now. */
  async substitute(intent: ReadIntent, stored: StoredValue, reason: unknown): Promise<unknown> {
    if (await this.#hasChanged(intent, stored, reason)) {
      throw new PersistError("ERR_PERSIST_CONFLICT", `"${intent.key}" was being written.`, {
        cause: reason,
        key: intent.key,
      })
    }
    const { value, obstacle } = await this.#substitute(intent, stored, reason)
    if (obstacle !== undefined) throw onlyCopy(intent.key, stored, reason, obstacle.cause)
    return value
  }

  /** Whether bytes that look damaged were only half written when they were read. */
  async #hasChanged(
    { key, signal }: ReadIntent,
    stored: StoredValue,
    reason: unknown,
  ): Promise<boolean> {
    if (!isDamage(reason)) return false
    return guarded("load", key, signal, () => this.#parts.backend.settle(key, stored, signal))
  }

  async #substitute(
    { key, serializer, signal }: ReadIntent,
    stored: StoredValue,
    reason: unknown,
  ): Promise<Substitute & { readonly obstacle: Obstacle | undefined }> {
    const { backend, codec, logger, operations } = this.#parts
    if (!isDamage(reason)) throw keyedError("load", key, reason)
    let obstacle: Obstacle | undefined
    try {
      await backend.quarantine(key, stored, reason)
    } catch (cause) {
      obstacle = { cause }
      logger?.warn?.(`The damaged bytes of "${key}" could not be set aside.`, cause)
    }
    const substitute = await guarded("load", key, signal, async () => {
      const history = operations.supports("history") ? await backend.history(key, signal) : []
      const read = (id: string) => backend.readHistory(key, id, signal)
      const decode = (copy: StoredValue) => codec.decode(key, copy, serializer)
      return newestValid({ copies: codec.copiesOf(stored, history), read, decode }, reason)
    })
    if (substitute === undefined) throw corruptError(key, stored, reason)
    reportRecovery(key, substitute, logger)
    return { ...substitute, obstacle }
  }

  async #mended(
    intent: ReadIntent,
    damaged: StoredValue,
    { stored: copy, value, recovery: recovered }: Substitute,
  ): Promise<LoadedEntry<unknown> | undefined> {
    const { backend, codec, logger } = this.#parts
    const { revision: ifRevision, expiresAt } = damaged.entry
    try {
      const request = codec.writeRequest(copy.entry.format, { ifRevision, expiresAt })
      const entry = await backend.write(intent.key, copy.bytes, request)
      return { value, entry: { ...entry, recovered } }
    } catch (error) {
      // Somebody else mended it or saved anew: theirs is the value.
      if (PersistError.is(error, "ERR_PERSIST_CONFLICT")) return this.current(intent)
      logger?.warn?.(`"${intent.key}" was recovered, but its storage could not be mended.`, error)
      return { value, entry: { ...damaged.entry, recovered } }
    }
  }
}

/** The error for damaged bytes that could not be set aside, for `cause`: they are not written over. */
function onlyCopy(
  key: string,
  { entry: { path } }: StoredValue,
  reason: unknown,
  cause: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_IO",
    `"${key}" is damaged (${reasonOf(reason)}), and its bytes could not be set aside (${reasonOf(cause)}), so they are not written over; make that possible, or save the key anew.`,
    { cause, key, path },
  )
}
