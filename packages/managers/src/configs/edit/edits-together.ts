import { escapePointer, parsePointer } from "../../diff/patch.ts"
import { valueAt } from "../../layers/merge-layers.ts"
import { isPlainObject } from "../../plain-object.ts"
import type { OpenText } from "./open-text.ts"
import { applySplices, type Splice } from "./splice.ts"
import type { EditOperation } from "./text-editor.ts"

/** A text with the first so many of several changes made. */
export interface EditsTogether {
  readonly text: string
  readonly count: number
}

/**
 * Makes as many of the first changes at once as have nothing to do with each other, so that the text comes
 * out as after one change at a time, each of which would read all of it again; whether new tables of TOML are written
 * inline, and where, is told by those that stand beside them before all of these. Whether it holds what was
 * meant is for the caller to see.
 *
 * @param value What the text holds. @returns Undefined when it would be no more than one.
 */
export function editsTogether(
  { bom, body, edits }: OpenText,
  value: unknown,
  operations: readonly EditOperation[],
): EditsTogether | undefined {
  if (operations.length < 2) return undefined
  const apart = new ApartInValue(value)
  const places = new ApartInText(body)
  let count = 0
  try {
    for (const operation of operations) {
      const place = apart.take(operation)
      if (place === undefined) break
      const [first] = edits(operation, place.path)
      if (first === undefined || !places.take(first, operation, place.outer)) break
      count++
    }
  } catch {
    // Nothing is found there, or the format has no form for it: the change itself will say.
  }
  if (count < 2) return undefined
  return { text: bom + applySplices(body, places.taken), count }
}

/** What a change's path means in the text that all of them begin from. */
interface FirstPlace {
  readonly path: readonly string[]
  /** The container, as a pointer. */
  readonly outer: string
}

/** What became of a list: its items from the place `from` on stood `shift` places further up before. */
interface ShiftedList {
  readonly from: number
  readonly shift: number
}

/** Changes of which none changes what another one's path means, or what is left of a container. */
class ApartInValue {
  readonly #value: unknown
  readonly #changed = new Set<string>()
  /** What lies around a change. */
  readonly #around = new Set<string>()
  readonly #lists = new Map<string, ShiftedList>()
  readonly #removed = new Map<string, number>()
  readonly #sizes = new Map<string, number>()

  constructor(value: unknown) {
    this.#value = value
  }

  take({ op, path: given }: EditOperation): FirstPlace | undefined {
    const names = parsePointer(given)
    const path = this.#firstPath(names)
    if (path === undefined) return undefined
    const pointer = path === names ? given : pointerOf(path)
    const around = pointersAround(pointer)
    const outer = around.at(-1)
    if (outer === undefined || around.some((one) => this.#changed.has(one))) return undefined
    const container = valueAt(this.#value, path.slice(0, -1)).value
    const isList = Array.isArray(container)
    // What comes into a list is no item that any other path could mean.
    const isItem = !(isList && op === "add")
    if (isItem && (this.#changed.has(pointer) || this.#around.has(pointer))) return undefined
    const size = this.#sizeOf(outer, container)
    const removed = (this.#removed.get(outer) ?? 0) + 1
    if (op === "remove" && removed >= size) return undefined
    // What comes into an empty container lays it out, and what goes may be what it would come behind.
    const isOpen = size > 0 && (isList || !this.#removed.has(outer))
    if (op === "add" && !isOpen && this.#around.has(outer)) return undefined
    if (op === "remove") this.#removed.set(outer, removed)
    if (isList && op !== "replace") this.#shift(outer, Number(names.at(-1)), op)
    if (isItem) this.#changed.add(pointer)
    for (const one of around) this.#around.add(one)
    return { path, outer }
  }

  /** Where `path` led before the changes that were taken; undefined where it did not lead anywhere, or that is not known. */
  #firstPath(path: readonly string[]): readonly string[] | undefined {
    if (this.#lists.size === 0) return path
    const found: string[] = []
    let outer = ""
    for (const name of path) {
      const list = this.#lists.get(outer)
      if (list !== undefined && Number(name) < list.from) return undefined
      const first = list === undefined ? name : String(Number(name) - list.shift)
      found.push(first)
      outer += `/${escapePointer(first)}`
    }
    return found
  }

  #shift(list: string, index: number, op: "add" | "remove"): void {
    const { shift } = this.#lists.get(list) ?? { shift: 0 }
    const next =
      op === "add" ? { from: index + 1, shift: shift + 1 } : { from: index, shift: shift - 1 }
    this.#lists.set(list, next)
  }

  #sizeOf(pointer: string, container: unknown): number {
    const size = this.#sizes.get(pointer) ?? sizeOf(container)
    this.#sizes.set(pointer, size)
    return size
  }
}

function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${escapePointer(name)}`).join("")
}

function pointersAround(pointer: string): string[] {
  const found: string[] = []
  for (let at = pointer.indexOf("/"); at >= 0; at = pointer.indexOf("/", at + 1)) {
    found.push(pointer.slice(0, at))
  }
  return found
}

function sizeOf(container: unknown): number {
  if (Array.isArray(container)) return container.length
  return isPlainObject(container) ? Object.keys(container).length : 0
}

interface Place extends Splice {
  /** What is added to; undefined for other changes, and for those in several places. */
  readonly container: string | undefined
}

/** Replacements in a text that do not touch, but for members that are added one after the other. */
class ApartInText {
  readonly #text: string
  /** Where nothing but white space follows. */
  readonly #end: number
  readonly #places: Place[] = []

  constructor(text: string) {
    this.#text = text
    this.#end = text.trimEnd().length
  }

  get taken(): readonly Splice[] {
    return this.#places
  }

  /** @param outer The container that `splices` change, as a pointer. */
  take(splices: readonly Splice[], { op }: EditOperation, outer: string): boolean {
    const container = op === "add" && splices.length === 1 ? outer : undefined
    const found: Place[] = splices.map((splice) => ({ ...splice, container }))
    if (!found.every((place) => this.#isFree(place, this.#behind(place.start)))) return false
    for (const place of found) this.#places.splice(this.#behind(place.start), 0, place)
    return true
  }

  /** The place behind all that begin at `start` or before. */
  #behind(start: number): number {
    let [low, high] = [0, this.#places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#places[middle]!.start <= start) low = middle + 1
      else high = middle
    }
    return low
  }

  #isFree(place: Place, at: number): boolean {
    const [before, after] = [this.#places[at - 1], this.#places[at]]
    if (after !== undefined && !isClear(place, after)) return false
    if (before === undefined) return true
    const areAtEnd = before.end >= this.#end && place.start >= this.#end
    return (!areAtEnd && isClear(before, place)) || this.#follows(before, place)
  }

  /** Whether one member is added right behind another, in the same way. */
  #follows(before: Place, place: Place): boolean {
    if (place.container === undefined || before.container !== place.container) return false
    if (before.start !== place.start || place.end !== place.start) return false
    if (space.exec(before.text)![0] !== space.exec(place.text)![0]) return false
    // What an empty line follows is the first of its kind.
    if (/(?:\r\n|\r|\n){2}$/.test(place.text)) return false
    // At the end of a text without a line break the first one brings it.
    const isAtEnd = place.start === this.#text.length && /[\r\n]$/.test(place.text)
    return !isAtEnd || /[\r\n]$/.test(this.#text)
  }
}

const space = /^\s*/

/** Whether `one` ends before `other`: what is put in between two would touch both. */
function isClear(one: Splice, other: Splice): boolean {
  const isBetween = one.start === one.end || other.start === other.end
  return isBetween ? one.end < other.start : one.end <= other.start
}
