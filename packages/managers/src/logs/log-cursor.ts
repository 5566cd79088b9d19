import { PersistError } from "@persist/core"
import type { Segment } from "./segment-name.ts"

/** How far a log was read: the offset in each of its segments. */
export class LogCursor {
  readonly #offsets: Map<string, number>
  /** Segments that were gone at the last look. */
  #gone: ReadonlySet<string> = new Set()
  /** What is to be said of the segments that are not being read; of one that stands there twice the last counts. */
  #others = ""
  /** The segments that are being read, beside one another. */
  readonly #active = new Map<string, number>()
  /** The one that was read last, and what is to be said of all others. */
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
    this.#active.clear()
    this.#others = pairs(this.#offsets)
    this.#current = undefined
  }

  /** Notes that a segment was read up to `end`. @returns Makes the cursor for that place, whenever it is called. */
  after(id: string, end: number): () => string {
    this.#offsets.set(id, end)
    if (this.#current?.id !== id) {
      this.#active.delete(id)
      this.#current = { id, others: this.#others + pairs(this.#active) }
    }
    this.#active.set(id, end)
    const { others } = this.#current
    return () => Buffer.from(`[${others}${JSON.stringify([id, end])}]`).toString("base64url")
  }

  /** Notes that there is no more in a segment for now. */
  ended(id: string): void {
    const end = this.#active.get(id)
    if (end === undefined) return
    this.#active.delete(id)
    this.#others += pairs([[id, end]])
    this.#current = undefined
  }
}

function pairs(offsets: Iterable<readonly [string, number]>): string {
  let text = ""
  for (const pair of offsets) text += `${JSON.stringify(pair)},`
  return text
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
