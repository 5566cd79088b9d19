import { PersistError } from "@persist/atomic"
import { invalidOption } from "@persist/atomic/options"
import { decodeWith } from "../coding.ts"
import type { Serializer } from "../serializer.ts"

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and its like have no place in a file name.
const wellFormed = /^\.[^/\\\u0000-\u001f]{1,100}$/

/** The serializers that one storage was given, by file extension. */
export class FormatRegistry {
  readonly #byExtension = new Map<string, Serializer>()
  #extensions: readonly string[] | undefined
  #check: (extension: string) => void = () => {}

  constructor(serializers: Iterable<Serializer>) {
    for (const serializer of serializers) this.add(serializer)
  }

  /** The known extensions, the default's first. */
  get extensions(): readonly string[] {
    this.#extensions ??= Object.freeze([...this.#byExtension.keys()])
    return this.#extensions
  }

  get serializers(): Iterable<Serializer> {
    return this.#byExtension.values()
  }

  /** Has `check` throw for extensions that the storage cannot tell values by, known ones too. */
  restrict(check: (extension: string) => void): void {
    for (const extension of this.#byExtension.keys()) check(extension)
    this.#check = check
  }

  /** Makes the format of `serializer` one that the storage sees; the first of an extension stays. */
  add(serializer: Serializer): void {
    const { fileExtension } = serializer
    if (this.#byExtension.has(fileExtension)) return
    if (typeof fileExtension !== "string" || !wellFormed.test(fileExtension)) {
      const allowed = 'a dot and a name of at most 100 characters without slashes, such as ".json"'
      throw invalidOption(`${serializer.constructor.name}.fileExtension`, fileExtension, allowed)
    }
    this.#check(fileExtension)
    this.#byExtension.set(fileExtension, serializer)
    this.#extensions = undefined
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

/**
 * Whether an error of `decodeWith` means damaged bytes. A wrong key, a failed validation or an
 * unknown class do not: the bytes are as they were written, so nothing is set aside or replaced.
 */
export function isDamage(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_DECODE") || PersistError.is(error, "ERR_PERSIST_CORRUPT")
  )
}
