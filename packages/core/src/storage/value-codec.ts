import { PersistError } from "@persist/atomic"
import { type Duration, invalidOption, toMilliseconds } from "@persist/atomic/options"
import { decodeWith, encodeWith, encodingError } from "../coding.ts"
import { aheadOf } from "../json/json-serializer.ts"
import type { Serializer } from "../serializer.ts"
import { formatOf } from "./backend-mistake.ts"
import { latestTime } from "./clock.ts"
import type { HistoryEntry } from "./entry.ts"
import type { FormatRegistry } from "./format-registry.ts"
import { historyIds } from "./history-id.ts"
import type { DeleteOptions, StorageOptions } from "./options.ts"
import type {
  DeleteRequest,
  NextValue,
  Retention,
  StoredValue,
  WriteRequest,
} from "./primitives.ts"
import { newestFirst, readRetention } from "./retention.ts"
import { keyedError } from "./storage-error.ts"

/** The part of the save options that decides what a backend is asked to write. */
export interface WriteIntent {
  readonly serializer?: Serializer | undefined
  readonly version?: boolean | undefined
  readonly backup?: boolean | undefined
  readonly ifRevision?: string | null | undefined
  readonly ttl?: Duration | undefined
  readonly fence?: number | undefined
  /** Expiry of the value that is replaced, for writes that keep it; `ttl` goes before it. */
  readonly expiresAt?: Date | undefined
  readonly signal?: AbortSignal | undefined
}

/** A value that a backend may begin to write, but must not have written before `finish` has returned, if there is one. */
export interface UnfinishedValue extends NextValue {
  readonly finish?: (() => void) | undefined
}

/** Turns values and options into what backends take, and stored bytes into values. */
export class ValueCodec {
  readonly #serializer: Serializer
  readonly #formats: FormatRegistry
  readonly #clock: () => number
  readonly #retention: Retention
  readonly #newId: () => string
  readonly #isValid: (bytes: Uint8Array, format: string) => boolean

  constructor(serializer: Serializer, formats: FormatRegistry, options: StorageOptions) {
    this.#serializer = serializer
    this.#formats = formats
    this.#clock = options.clock ?? Date.now
    this.#retention = readRetention(options)
    this.#newId = historyIds(this.#clock)
    this.#isValid = (bytes, format) => formats.isValid(bytes, format)
  }

  /** Encodes at once, so that what is saved is the value as it is now. */
  encode(key: string, value: unknown, intent: WriteIntent): NextValue {
    const serializer = intent.serializer ?? this.#serializer
    if (intent.serializer) this.#formats.add(intent.serializer)
    try {
      const bytes = encodeWith(serializer, value)
      return { bytes, request: this.writeRequest(serializer.fileExtension, intent) }
    } catch (error) {
      throw keyedError("save", key, error)
    }
  }

  /** `encode` that puts off what can be done while the bytes are being written; undefined where nothing can. */
  encodeAhead(key: string, value: unknown, intent: WriteIntent): UnfinishedValue | undefined {
    const serializer = intent.serializer ?? this.#serializer
    const encode = aheadOf(serializer)
    if (encode === undefined) return undefined
    if (intent.serializer) this.#formats.add(intent.serializer)
    const keyed = <Result>(work: () => Result): Result => {
      try {
        return work()
      } catch (error) {
        throw keyedError("save", key, encodingError(serializer, error))
      }
    }
    return keyed(() => {
      const ahead = encode(value)
      if (ahead === undefined) return undefined
      const { bytes, finish } = ahead
      const request = this.writeRequest(serializer.fileExtension, intent)
      return { bytes, request, finish: finish && (() => keyed(finish)) }
    })
  }

  /** Decodes by `preferred` when it reads the format, else by a known serializer. */
  decode(key: string, stored: StoredValue, preferred: Serializer | undefined): unknown {
    return decodeWith(this.#formats.reader(formatOf(key, stored), preferred, key), stored.bytes)
  }

  /** @throws `ERR_PERSIST_CORRUPT` when the bytes of a copy cannot be read back. */
  assertWhole(key: string, copy: StoredValue): void {
    const format = formatOf(key, copy)
    if (this.#formats.isValid(copy.bytes, format)) return
    throw new PersistError(
      "ERR_PERSIST_CORRUPT",
      `That copy of "${key}" is damaged; the current value was left as it is.`,
      { key },
    )
  }

  /** @throws `ERR_PERSIST_FORMAT` when `named` reads another format than that of the value. */
  assertReads(key: string, stored: StoredValue, named: Serializer | undefined): void {
    const format = formatOf(key, stored)
    if (named === undefined || named.fileExtension === format) return
    throw new PersistError(
      "ERR_PERSIST_FORMAT",
      `"${key}" is stored as ${format}, but the serializer named reads ${named.fileExtension}; name none, or one that reads ${format}.`,
      { key },
    )
  }

  /** A copy of `value` that shares nothing with it: what saving and loading it would give. */
  copy(value: unknown, named: Serializer | undefined): unknown {
    if (typeof value !== "object" || value === null) return value
    const serializer = named ?? this.#serializer
    return decodeWith(serializer, encodeWith(serializer, value))
  }

  /**
   * What may stand in for damaged bytes, the newest copy first. No copy is later than the value, unless its clock was
   * ahead; but a clock that is behind now says nothing of them.
   */
  copiesOf({ entry }: StoredValue, history: readonly HistoryEntry[]): HistoryEntry[] {
    return newestFirst(history, Math.max(entry.savedAt.getTime(), this.#clock()))
  }

  writeRequest(format: string, intent: WriteIntent): WriteRequest {
    // In this order: what is replaced is older than what replaces it, which a recovery must take first.
    const backup = intent.backup ? this.#newId() : undefined
    const version = intent.version ? this.#newId() : undefined
    return {
      format,
      version,
      backup,
      retention: this.#retention,
      ifRevision: intent.ifRevision,
      expiresAt: intent.ttl === undefined ? intent.expiresAt?.getTime() : this.#expiry(intent.ttl),
      fence: intent.fence,
      signal: intent.signal,
      isValid: this.#isValid,
    }
  }

  deleteRequest(options: DeleteOptions): DeleteRequest {
    return {
      ifRevision: options.ifRevision,
      fence: options.fence,
      history: options.history ?? false,
      backup: options.backup ? this.#newId() : undefined,
      retention: this.#retention,
      signal: options.signal,
      isValid: this.#isValid,
    }
  }

  /** A value that no `Date` can hold is never. */
  #expiry(ttl: Duration): number | undefined {
    const milliseconds = toMilliseconds(ttl, "ttl")
    if (!(milliseconds > 0)) {
      throw invalidOption("ttl", ttl, "more than 0 milliseconds; to remove a value, delete it")
    }
    const expiresAt = this.#clock() + milliseconds
    return expiresAt > latestTime ? undefined : expiresAt
  }
}
