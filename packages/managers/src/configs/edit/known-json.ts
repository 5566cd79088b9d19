import { parseExactly } from "@persist/core/options"
import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import { type ConfigEdit, type ConfigMerge, planUpdate } from "../plan-update.ts"
import { findValue, scanContainer, skipValue } from "./json-scan.ts"

interface Place {
  readonly start: number
  readonly end: number
}

interface Replacement extends Place {
  readonly text: string
  /** Bytes that the text is longer than what it replaces. */
  readonly growth: number
}

/** New bytes of a file, and what makes them. */
export interface QuickUpdate {
  readonly bytes: Buffer
  readonly edits: readonly ConfigEdit[]
  readonly replacements: readonly Replacement[]
}

/**
 * A JSON file that this process read or wrote before, so that single values in it can be replaced without
 * reading the whole again: in a large file that is most of the work. Offsets are those of bytes.
 */
export class KnownJson {
  #bytes: Buffer
  #value: PlainObject | undefined
  /** The objects in `#value` that hold no others: they are copied at once. */
  readonly #leaves = new Set<object>()
  #places: Map<string, Place | undefined> | undefined

  /** @param bytes Valid JSON. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Whether the file still holds these very bytes. */
  isIn(bytes: Uint8Array): boolean {
    return this.#bytes === bytes || this.#bytes.equals(bytes)
  }

  /** The file with single values replaced by single values; undefined when more than that is asked. */
  plan(updates: PlainObject, merge: ConfigMerge): QuickUpdate | undefined {
    const current = this.#value ?? {}
    const places = this.#members()
    for (const name of Object.keys(updates)) {
      const place = places.get(name)
      if (place === undefined) return undefined
      if (this.#value === undefined) setOwn(current, name, parseExactly(this.#text(place)))
    }
    const edits = planSingles(current, updates) ?? planUpdate(current, updates, merge)
    if (edits.length === 0) return undefined
    const replacements: Replacement[] = []
    for (const { path, value } of edits) {
      let old: unknown = current
      for (const name of path) old = isPlainObject(old) ? old[name] : undefined
      if (!isSingle(value) || !isSingle(old)) return undefined
      const outer = places.get(String(path[0]))!
      const place = path.length === 1 ? outer : this.#find(outer, path)
      if (place === undefined) return undefined
      const text = typeof value === "number" ? String(value) : JSON.stringify(value)
      const { start, end } = place
      const size = typeof value === "string" ? Buffer.byteLength(text) : text.length
      replacements.push({ start, end, text, growth: size - (end - start) })
    }
    if (replacements.length > 1) replacements.sort((a, b) => a.start - b.start)
    return { bytes: this.#spliced(replacements), edits, replacements }
  }

  /** What the file holds after the update, for the caller to keep. */
  result({ edits }: QuickUpdate): PlainObject {
    if (this.#value === undefined) {
      this.#value = parseExactly(this.#bytes.toString()) as PlainObject
      collectLeaves(this.#value, this.#leaves)
    }
    return withEdits(this.#copyOf(this.#value), edits)
  }

  /** Takes note that the update is in the file now. */
  done({ bytes, edits, replacements }: QuickUpdate): void {
    if (this.#value !== undefined) withEdits(this.#value, edits)
    if (replacements.some(({ growth }) => growth !== 0)) this.#move(replacements)
    this.#bytes = bytes
  }

  /** Quicker than parsing again. */
  #copyOf<T extends object>(value: T): T {
    if (Array.isArray(value)) return value.map((inner) => this.#copied(inner)) as unknown as T
    if (this.#leaves.has(value)) return { ...value }
    const copy: PlainObject = {}
    for (const name in value) setOwn(copy, name, this.#copied(value[name]))
    return copy as T
  }

  #copied(value: unknown): unknown {
    return isContainer(value) ? this.#copyOf(value) : value
  }

  /** Both the places and the replacements stand in the order of the text. */
  #move(replacements: readonly Replacement[]): void {
    const places = this.#members()
    let [done, before] = [0, 0]
    for (const [name, place] of places) {
      if (place === undefined) continue
      for (; (replacements[done]?.end ?? place.end) <= place.start; done++) {
        before += replacements[done]!.growth
      }
      let inside = 0
      for (let at = done; (replacements[at]?.start ?? place.end) < place.end; at++) {
        inside += replacements[at]!.growth
      }
      places.set(name, { start: place.start + before, end: place.end + before + inside })
    }
  }

  /** The values of the members; undefined for a name that stands there twice, since readers disagree on it. */
  #members(): Map<string, Place | undefined> {
    if (this.#places !== undefined) return this.#places
    // One character a byte: outside of strings JSON has no others, and within them they are skipped.
    const text = this.#bytes.toString("latin1")
    const open = /^[\t\n\r ]*/.exec(text)![0].length
    const places = new Map<string, Place | undefined>()
    for (const { start, value, end } of (text[open] === "{" &&
      scanContainer(text, open)?.children) ||
      []) {
      const name = JSON.parse(this.#text({ start, end: skipValue(text, start) })) as string
      places.set(name, places.has(name) ? undefined : { start: value, end })
    }
    this.#places = places
    return places
  }

  /** @param place Of the path's first name. @returns Undefined where a name on the way stands there twice. */
  #find(place: Place, [, ...path]: readonly (string | number)[]): Place | undefined {
    if (path.length === 0) return place
    const text = this.#text(place)
    try {
      const at = findValue(text, 0, path.map(String))
      const start = place.start + Buffer.byteLength(text.slice(0, at))
      return { start, end: start + Buffer.byteLength(text.slice(at, skipValue(text, at))) }
    } catch {
      return undefined
    }
  }

  #text({ start, end }: Place): string {
    return this.#bytes.toString("utf8", start, end)
  }

  #spliced(replacements: readonly Replacement[]): Buffer {
    let size = this.#bytes.length
    let isAlike = true
    for (const { growth, start, end, text } of replacements) {
      size += growth
      if (growth !== 0 || text.length !== end - start) isAlike = false
    }
    if (isAlike) return overwritten(this.#bytes, replacements)
    const bytes = Buffer.allocUnsafe(size)
    let [from, to] = [0, 0]
    for (const { start, end, text } of replacements) {
      to += this.#bytes.copy(bytes, to, from, start)
      to += bytes.write(text, to)
      from = end
    }
    this.#bytes.copy(bytes, to, from)
    return bytes
  }
}

// That of typed arrays; a Buffer's own shares the memory.
const copied: (this: Buffer) => Uint8Array = Uint8Array.prototype.slice

/** The bytes with texts of ASCII in the place of as many bytes: a hot path. */
function overwritten(before: Buffer, replacements: readonly Replacement[]): Buffer {
  const bytes = copied.call(before) as Buffer
  for (const { start, text } of replacements) {
    for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at)
  }
  return bytes
}

/** `planUpdate` where single values take the place of single values: a hot path. */
function planSingles(current: PlainObject, updates: PlainObject): ConfigEdit[] | undefined {
  const edits: ConfigEdit[] = []
  for (const name of Object.keys(updates)) {
    const value = updates[name]
    const old = current[name]
    if (!isSingle(value) || !isSingle(old)) return undefined
    if (!Object.is(old, value)) edits.push({ path: [name], value })
  }
  return edits
}

function withEdits(root: PlainObject, edits: readonly ConfigEdit[]): PlainObject {
  for (const { path, value } of edits) {
    const last = path.length - 1
    let holder = root
    for (let at = 0; at < last; at++) holder = holder[path[at]!] as PlainObject
    setOwn(holder, String(path[last]), value)
  }
  return root
}

function collectLeaves(value: object, leaves: Set<object>): void {
  const containers = Object.values(value).filter(isContainer)
  if (containers.length === 0) leaves.add(value)
  for (const container of containers) collectLeaves(container, leaves)
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

/** Whether JSON holds the value in one word or string. */
function isSingle(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0)
  return typeof value === "string" || typeof value === "boolean" || value === null
}
