import { parsePointer } from "../../diff/patch.ts"
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
 * out as after one change at a time, each of which would read all of it again. Whether it holds what was
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
      const path = parsePointer(operation.path)
      if (!apart.take(operation, path)) break
      const [first] = edits(operation, path)
      if (first === undefined || !places.take(first, operation)) break
      count++
    }
  } catch {
    // Nothing is found there, or the format has no form for it: the change itself will say.
  }
  if (count < 2) return undefined
  return { text: bom + applySplices(body, places.taken), count }
}

/** Changes of which none changes what another one's path means, or what is left of a container. */
class ApartInValue {
  readonly #value: unknown
  readonly #changed = new Set<string>()
  /** What lies around a change. */
  readonly #around = new Set<string>()
  readonly #shifted = new Set<string>()
  readonly #removed = new Map<string, number>()

  constructor(value: unknown) {
    this.#value = value
  }

  take({ op, path: pointer }: EditOperation, path: readonly string[]): boolean {
    const around = pointersAround(pointer)
    const outer = around.at(-1)
    if (outer === undefined || this.#changed.has(pointer) || this.#around.has(pointer)) return false
    if (around.some((one) => this.#changed.has(one) || this.#shifted.has(one))) return false
    const container = valueAt(this.#value, path.slice(0, -1)).value
    const removed = (this.#removed.get(outer) ?? 0) + 1
    if (op === "remove" && removed >= sizeOf(container)) return false
    // What comes into an empty container lays it out, and what goes may be what it would come behind.
    const isOpen = sizeOf(container) > 0 && !this.#removed.has(outer)
    if (op === "add" && !isOpen && this.#around.has(outer)) return false
    if (op === "remove") this.#removed.set(outer, removed)
    if (op !== "replace" && Array.isArray(container)) this.#shifted.add(outer)
    this.#changed.add(pointer)
    for (const one of around) this.#around.add(one)
    return true
  }
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

  take(splices: readonly Splice[], { op, path }: EditOperation): boolean {
    const isMember = op === "add" && splices.length === 1
    const container = isMember ? path.slice(0, path.lastIndexOf("/")) : undefined
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
