import { abridged } from "../values/path.ts"
import { describeValue } from "../values/plain.ts"
import type { Entry } from "./entry.ts"
import type { StoredValue } from "./primitives.ts"

/** The format of what a backend has read; of one in plain JavaScript it may be anything, and is a `TypeError` then. */
export function formatOf(key: string, stored: StoredValue): string {
  const format = (stored as Partial<StoredValue> | null)?.entry?.format
  if (typeof format === "string") return format
  const given = stored?.entry ? "an entry without format" : describeValue(stored)
  const wanted = "{ bytes, entry } with the whole entry that it gave out, or undefined for none"
  throw new TypeError(`The backend read ${given} for "${abridged(key)}"; let it give ${wanted}.`)
}

/** What a backend gave as an entry of `key`, with that as its key. */
export function renamed(entry: Entry, key: string): Entry {
  keyOf(entry)
  return { ...entry, key }
}

/** The key of what a backend gave as an entry. */
export function keyOf(entry: Entry): string {
  const key = (entry as Partial<Entry> | null | undefined)?.key
  if (typeof key === "string") return key
  const given = entry && typeof entry === "object" ? "an object without key" : describeValue(entry)
  const wanted = "{ key, size, revision, savedAt, format }"
  throw new TypeError(`The backend gave ${given} where it must give an entry: ${wanted}.`)
}

/** What `primitive` gave, which must be there to be walked through. */
export function iterable<T>(
  primitive: "_entries" | "_watch",
  given: AsyncIterable<T>,
): AsyncIterable<T> {
  const walk = (given as Partial<AsyncIterable<T>> | null | undefined)?.[Symbol.asyncIterator]
  if (typeof walk === "function") return given
  const remedy = `make it an async generator: async *${primitive}(request) { … yield … }`
  throw new TypeError(`${primitive} of the backend gave ${describeValue(given)}; ${remedy}.`)
}
