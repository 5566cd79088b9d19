import { PersistError } from "@persist/atomic"
import type { Serializer } from "../serializer.ts"

/** The serializers that one storage was given, by file extension. */
export class FormatRegistry {
  readonly #byExtension = new Map<string, Serializer>()

  constructor(serializers: Iterable<Serializer>) {
    for (const serializer of serializers) this.add(serializer)
  }

  /** The known extensions, the default's first. */
  get extensions(): readonly string[] {
    return [...this.#byExtension.keys()]
  }

  /** Makes the format of `serializer` one that the storage sees; the first of an extension stays. */
  add(serializer: Serializer): void {
    if (this.#byExtension.has(serializer.fileExtension)) return
    this.#byExtension.set(serializer.fileExtension, serializer)
  }

  /**
   * The serializer that reads `format`: `preferred` when it fits, else a known one.
   *
   * @throws `ERR_PERSIST_FORMAT` when there is none.
   */
  reader(format: string, preferred: Serializer | undefined, key: string): Serializer {
    if (preferred?.fileExtension === format) return preferred
    const known = this.#byExtension.get(format)
    if (known !== undefined) return known
    throw new PersistError(
      "ERR_PERSIST_FORMAT",
      `"${key}" is stored as ${format}, which no serializer of this storage reads; add one to its "serializers".`,
      { key },
    )
  }

  /** Whether `bytes` can be read back; bytes of an unknown format get the benefit of the doubt. */
  isValid(bytes: Uint8Array, format: string): boolean {
    const serializer = this.#byExtension.get(format)
    if (serializer === undefined) return true
    try {
      decodeWith(serializer, bytes)
      return true
    } catch (error) {
      return !isDamage(error)
    }
  }
}

/** Decodes; what a serializer throws that is no `PersistError` counts as `ERR_PERSIST_DECODE`. */
export function decodeWith(serializer: Serializer, bytes: Uint8Array): unknown {
  try {
    return serializer.decode(bytes)
  } catch (cause) {
    throw asPersistError("ERR_PERSIST_DECODE", serializer, cause)
  }
}

/** Encodes; what a serializer throws that is no `PersistError` counts as `ERR_PERSIST_ENCODE`. */
export function encodeWith(serializer: Serializer, value: unknown): Uint8Array {
  try {
    return serializer.encode(value)
  } catch (cause) {
    throw asPersistError("ERR_PERSIST_ENCODE", serializer, cause)
  }
}

/**
 * Whether an error of `decodeWith` means damaged bytes. A wrong key, a failed validation or an
 * unknown class do not: the bytes are as they were written, so nothing is set aside or replaced.
 */
export function isDamage(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_DECODE") || PersistError.is(error, "ERR_PERSIST_CORRUPT")
  )
}

function asPersistError(
  code: "ERR_PERSIST_DECODE" | "ERR_PERSIST_ENCODE",
  serializer: Serializer,
  cause: unknown,
): PersistError {
  if (PersistError.is(cause)) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new PersistError(code, `${serializer.constructor.name}: ${why}`, { cause })
}
