import { PersistError } from "@persist/atomic"
import { throwIfAborted } from "@persist/atomic/options"
import type { Serializer } from "../serializer.ts"
import type { Entry, HistoryEntry } from "./entry.ts"
import { isDamage } from "./format-registry.ts"
import type { LoadedEntry, Logger } from "./options.ts"
import type { StoredValue, WriteRequest } from "./primitives.ts"
import { corruptError, newestValid, type Substitute } from "./recovery.ts"
import { described, guarded, keyedError } from "./storage-error.ts"
import { publishRecovery } from "./tracing.ts"
import type { ValueCodec } from "./value-codec.ts"

/** The primitives of a backend that reading with recovery needs. */
export interface ReadPrimitives {
  read(key: string, signal: AbortSignal | undefined): Promise<StoredValue | undefined>
  write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry>
  /** Empty where there is no history. */
  history(key: string, signal: AbortSignal | undefined): Promise<readonly HistoryEntry[]>
  copy(key: string, id: string, signal: AbortSignal | undefined): Promise<StoredValue | undefined>
  quarantine(key: string, damaged: StoredValue, reason: unknown): Promise<void>
}

/** How one value is to be read. */
export interface ReadIntent {
  readonly key: string
  readonly serializer: Serializer | undefined
  readonly signal: AbortSignal | undefined
}

/** Reads values, and finds another for damaged bytes. */
export class ValueReader {
  readonly #backend: ReadPrimitives
  readonly #codec: ValueCodec
  readonly #logger: Logger | undefined

  constructor(backend: ReadPrimitives, codec: ValueCodec, logger: Logger | undefined) {
    this.#backend = backend
    this.#codec = codec
    this.#logger = logger
  }

  /** The current value; one that had to be recovered is written back, so that the storage is whole again. */
  async current(intent: ReadIntent): Promise<LoadedEntry<unknown> | undefined> {
    const { key, serializer, signal } = intent
    const stored = await guarded("load", key, signal, () => this.#backend.read(key, signal))
    throwIfAborted(signal, described("load", key))
    if (stored === undefined) return undefined
    this.#codec.assertReads(key, stored, serializer)
    const { value, substitute } = await this.decode(intent, stored)
    if (substitute === undefined) return { value, entry: stored.entry }
    const { stored: copy, recovery: recovered } = substitute
    const { revision: ifRevision, expiresAt } = stored.entry
    try {
      const request = this.#codec.writeRequest(copy.entry.format, { ifRevision, expiresAt })
      const entry = await this.#backend.write(key, copy.bytes, request)
      return { value, entry: { ...entry, recovered } }
    } catch (error) {
      // Somebody else mended it or saved anew: theirs is the value.
      if (PersistError.is(error, "ERR_PERSIST_CONFLICT")) return this.current(intent)
      this.#logger?.warn?.(`"${key}" was recovered, but its storage could not be mended.`, error)
      return { value, entry: { ...stored.entry, recovered } }
    }
  }

  /** One version or backup. */
  async copy(intent: ReadIntent, id: string): Promise<LoadedEntry<unknown>> {
    const { key, serializer, signal } = intent
    const stored = await guarded("load", key, signal, () => this.#backend.copy(key, id, signal))
    if (stored === undefined) throw missingCopy(key, id)
    this.#codec.assertReads(key, stored, serializer)
    try {
      return { value: this.#codec.decode(key, stored, serializer), entry: stored.entry }
    } catch (error) {
      throw isDamage(error) ? corruptError(key, stored, error) : keyedError("load", key, error)
    }
  }

  /** Decodes stored bytes; damaged ones are set aside and a substitute is looked for. */
  async decode(
    { key, serializer, signal }: ReadIntent,
    stored: StoredValue,
  ): Promise<{ readonly value: unknown; readonly substitute?: Substitute }> {
    try {
      return { value: this.#codec.decode(key, stored, serializer) }
    } catch (reason) {
      if (!isDamage(reason)) throw keyedError("load", key, reason)
      await this.#setAside(key, stored, reason)
      const substitute = await guarded("load", key, signal, async () => {
        const reader = {
          history: await this.#backend.history(key, signal),
          read: (id: string) => this.#backend.copy(key, id, signal),
          decode: (copy: StoredValue) => this.#codec.decode(key, copy, serializer),
        }
        return newestValid(reader, reason)
      })
      if (substitute === undefined) throw corruptError(key, stored, reason)
      reportRecovery(key, substitute, this.#logger)
      return { value: substitute.value, substitute }
    }
  }

  async #setAside(key: string, stored: StoredValue, reason: unknown): Promise<void> {
    try {
      await this.#backend.quarantine(key, stored, reason)
    } catch (error) {
      this.#logger?.warn?.(`The damaged bytes of "${key}" could not be set aside.`, error)
    }
  }
}

/** Tells subscribers and the logger that a value came from history. */
export function reportRecovery(
  key: string,
  { recovery }: Substitute,
  logger: Logger | undefined,
): void {
  publishRecovery({ key, ...recovery })
  logger?.warn?.(
    `"${key}" was damaged; recovered from its ${recovery.kind} ${recovery.from}.`,
    recovery.reason,
  )
}

/** The error for a version or backup that is not there. */
export function missingCopy(key: string, id: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_NOT_FOUND",
    `"${key}" has no version or backup ${JSON.stringify(id).slice(0, 100)}.`,
    { key },
  )
}
