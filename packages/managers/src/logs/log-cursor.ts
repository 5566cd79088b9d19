import { PersistError } from "@persist/core"
import type { Segment } from "./segment-name.ts"

/** How far a log was read: the offset in each of its segments. */
export class LogCursor {
  readonly #offsets: Map<string, number>
  /** Segments that were gone at the last look. */
  #gone: ReadonlySet<string> = new Set()
  /** The segment that is being read, and what is to be said of the others. */
  #current: { readonly id: string; readonly others: string } | undefined

  /** @param text What `after` gave. @throws `ERR_PERSIST_INVALID_ARGUMENT` */
  constructor(text: string | undefined) {
    this.#offsets = text === undefined ? new Map() : decoded(text)
  }

  /** Where to go on in a segment. */
  offset(id: string): number {
    return this.#offsets.get(id) ?? 0
  }

  /** Forgets what retention removed. A folder that is read while a file in it gets a new name may leave that out, but not twice. */
  look(segments: readonly Segment[]): void {
    const there = new Set(segments.map(({ id }) => id))
    const gone = [...this.#offsets.keys()].filter((id) => !there.has(id))
    for (const id of gone) if (this.#gone.has(id)) this.#offsets.delete(id)
    this.#gone = new Set(gone)
    this.#current = undefined
  }

  /** Notes that a segment was read up to `end`. @returns Makes the cursor for that place, whenever it is called. */
  after(id: string, end: number): () => string {
    this.#offsets.set(id, end)
    if (this.#current?.id !== id) {
      const others = [...this.#offsets].filter(([other]) => other !== id)
      this.#current = { id, others: others.map((pair) => `${JSON.stringify(pair)},`).join("") }
    }
    const { others } = this.#current
    return () => Buffer.from(`[${others}${JSON.stringify([id, end])}]`).toString("base64url")
  }
}

function decoded(text: string): Map<string, number> {
  try {
    const offsets: unknown = JSON.parse(Buffer.from(text, "base64url").toString())
    if (Array.isArray(offsets) && offsets.every(isOffset)) return new Map(offsets)
    throw new TypeError("it holds no offsets")
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      "This is no cursor of a log; pass one that follow() gave.",
      { cause },
    )
  }
}

function isOffset(one: unknown): one is readonly [string, number] {
  if (!Array.isArray(one) || one.length !== 2) return false
  return typeof one[0] === "string" && Number.isSafeInteger(one[1]) && one[1] >= 0
}
