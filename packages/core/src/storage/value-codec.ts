import { type Duration, invalidOption, toMilliseconds } from "@persist/atomic/options"
import type { Serializer } from "../serializer.ts"
import type { FormatRegistry } from "./format-registry.ts"
import { historyIds } from "./history-id.ts"
import type { StorageOptions } from "./options.ts"
import type {
  DeleteRequest,
  NextValue,
  Retention,
  StoredValue,
  WriteRequest,
} from "./primitives.ts"
import { readRetention } from "./retention.ts"
import { keyedError } from "./storage-error.ts"

/** The part of the save options that decides what a backend is asked to write. */
export interface WriteIntent {
  readonly serializer?: Serializer
  readonly version?: boolean
  readonly backup?: boolean
  readonly ifRevision?: string | null
  readonly ttl?: Duration
  readonly signal?: AbortSignal
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
      const bytes = serializer.encode(value)
      return { bytes, request: this.writeRequest(serializer.fileExtension, intent) }
    } catch (error) {
      throw keyedError("save", key, error)
    }
  }

  decode(key: string, stored: StoredValue, named: Serializer | undefined): unknown {
    return this.#formats.reader(stored.entry.format, named, key).decode(stored.bytes)
  }

  writeRequest(format: string, intent: WriteIntent): WriteRequest {
    return {
      format,
      version: intent.version ? this.#newId() : undefined,
      backup: intent.backup ? this.#newId() : undefined,
      retention: this.#retention,
      ifRevision: intent.ifRevision,
      expiresAt: intent.ttl === undefined ? undefined : this.#clock() + positive(intent.ttl),
      signal: intent.signal,
      isValid: this.#isValid,
    }
  }

  deleteRequest(
    intent: Omit<WriteIntent, "ifRevision">,
    ifRevision?: string,
    history = false,
  ): DeleteRequest {
    const { backup, retention, signal, isValid } = this.writeRequest("", intent)
    return { ifRevision, history, backup, retention, signal, isValid }
  }
}

function positive(ttl: Duration): number {
  const milliseconds = toMilliseconds(ttl, "ttl")
  if (milliseconds > 0) return milliseconds
  throw invalidOption("ttl", ttl, "more than 0 milliseconds; to remove a value, delete it")
}
