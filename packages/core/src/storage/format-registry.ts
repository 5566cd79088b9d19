import { PersistError } from "@persist/atomic"
import type { Serializer } from "../serializer.ts"

/** The serializers that one storage was given, by file extension. */
export class FormatRegistry {
  readonly #byExtension = new Map<string, Serializer>()

  constructor(serializers: Iterable<Serializer>) {
    for (const serializer of serializers) {
      if (!this.#byExtension.has(serializer.fileExtension)) this.add(serializer)
    }
  }

  /** The known extensions, the default's first. */
  get extensions(): readonly string[] {
    return [...this.#byExtension.keys()]
  }

  /** Makes the format of `serializer` one that the storage sees. */
  add(serializer: Serializer): void {
    if (this.#byExtension.has(serializer.fileExtension)) return
    this.#byExtension.set(serializer.fileExtension, serializer)
  }

  /**
   * The serializer that reads `format`: `named` when it fits, else a known one.
   *
   * @throws `ERR_PERSIST_FORMAT` when there is none, or `named` is for another format.
   */
  reader(format: string, named: Serializer | undefined, key: string): Serializer {
    if (named !== undefined) {
      if (named.fileExtension === format) return named
      throw new PersistError(
        "ERR_PERSIST_FORMAT",
        `"${key}" is stored as ${format}, but the serializer named reads ${named.fileExtension}; name none, or one that reads ${format}.`,
        { key },
      )
    }
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
    try {
      this.#byExtension.get(format)?.decode(bytes)
      return true
    } catch (error) {
      return !isDamage(error)
    }
  }
}

/**
 * Whether an error of `decode` means damaged bytes. A wrong key, a failed validation or an unknown
 * class do not: the bytes are as they were written, so nothing is set aside or replaced.
 */
export function isDamage(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_DECODE") || PersistError.is(error, "ERR_PERSIST_CORRUPT")
  )
}
