import type { Serializer } from "@persist/core"

/** What a storage's format makes of values. */
export class StoredForm {
  readonly #serializer: Serializer
  #keepsIdentity: boolean | undefined

  constructor(serializer: Serializer) {
    this.#serializer = serializer
  }

  /** Whether an object that stands in two places is one again when it is read, and not two equal ones. */
  get keepsIdentity(): boolean {
    this.#keepsIdentity ??= isKept(this.#serializer)
    return this.#keepsIdentity
  }

  /** Data as it will be read back, and safe from later changes by the caller; with the bytes that it takes. */
  read(data: unknown): { plain: unknown; size: number } {
    const bytes = this.#serializer.encode({ data })
    return { plain: (this.#serializer.decode(bytes) as { data: unknown }).data, size: bytes.length }
  }

  /** Bytes that a value takes. */
  size(value: unknown): number {
    return this.#serializer.encode(value).length
  }
}

function isKept(serializer: Serializer): boolean {
  const shared = {}
  try {
    const [one, other] = serializer.decode(serializer.encode([shared, shared])) as unknown[]
    return one === other
  } catch {
    // One that takes certain values alone does not tell.
    return true
  }
}
