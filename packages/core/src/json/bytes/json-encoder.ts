import { constants } from "node:buffer"
import type { ResolvedLimits } from "../../values/limits.ts"
import { isPlainArray, isPlainObject } from "../../values/plain.ts"
import { unfoldedLimit } from "../../values/unfolded.ts"
import { hasOnlyElements } from "../only-elements.ts"
import { KnownKeys } from "./known-keys.ts"
import { beyond, Output, spareSize, tooMuch } from "./output.ts"
import { writeNumber } from "./write-number.ts"
import { writeText } from "./write-text.ts"

/** Beyond this the iterative writer takes over, so that nothing here can overflow. */
const fastDepth = 500
/** Values after which shared objects are looked at: they can unfold to more than any limit. */
const checkpoint = 2 ** 20
/** What the longest number takes, brackets, commas, and what eight bytes at a time write too much. */
const between = 128

const { getOwnPropertySymbols, getPrototypeOf, hasOwn } = Object
const rootPrototype = Object.prototype
const arrayPrototype = Array.prototype

/** By indentation. */
const known = new Map<string, KnownKeys>()

/**
 * Writes strict JSON straight into bytes, and checks in the same pass that JSON holds all of the value: 0.4 to 0.95 of
 * the time of a check, `JSON.stringify` and its conversion to UTF-8; text full of escapes and a single object of a
 * thousand keys take 1.4. Hot path: an object costs its look for symbol
 * keys (70 ns), a number with a fraction 60 ns, a key that the object before had too 5 ns, text a look at each byte.
 */
export class JsonEncoder {
  readonly #limits: ResolvedLimits
  readonly #hasBigInts: boolean
  readonly #keys: KnownKeys
  readonly #colon: string
  /** The deepest line's beginning; those of the others are the first bytes of it. */
  readonly #line: DataView
  readonly #indent: number
  /** Room that is there whenever a value, or what stands between two, is written. */
  readonly #reserve: number
  #output!: Output
  /** What the last value took. */
  #expected = 0
  #isBusy = false
  #isTooMuch = false
  /** Whether all objects inherit something that would be listed among their keys. */
  #isPolluted = false
  #root: unknown
  #nodes = 0
  #mostNodes = 0
  /** Where containers go that are not searched yet. */
  #unsearched: object[] | undefined

  /** With `hasBigInts`, long integers are left to the writer, as they would be read as BigInts. */
  constructor(indent: string, limits: ResolvedLimits, hasBigInts: boolean) {
    this.#limits = limits
    this.#hasBigInts = hasBigInts
    this.#keys = known.get(indent) ?? new KnownKeys()
    known.set(indent, this.#keys)
    this.#colon = indent === "" ? ":" : ": "
    this.#indent = indent.length
    const line = indent === "" ? "" : `\n${indent.repeat(fastDepth + 1)}`
    const bytes = new Uint8Array(line.length + 8)
    bytes.set(Buffer.from(line))
    this.#line = new DataView(bytes.buffer)
    this.#reserve = 2 * bytes.length + between
  }

  /** Whether the last value took so much that its bytes were not copied. */
  get writesMuch(): boolean {
    return this.#expected > spareSize
  }

  /** Whether nothing was answered only because it was more than `limits.bytes`, or than a string can hold. */
  get isTooMuch(): boolean {
    return this.#isTooMuch
  }

  /**
   * Answers nothing where the writer must decide, or find out where something is that threw.
   *
   * @param unsearched Takes every array and object that the caller will search with `hasExtras`.
   */
  encode(value: unknown, unsearched?: object[]): Uint8Array | undefined {
    this.#isTooMuch = false
    // A getter of the value may save another one.
    if (this.#isBusy) return undefined
    let output: Output | undefined
    // Inside, all of it: at the end of the stack any call fails.
    try {
      this.#isBusy = true
      const most = Math.min(this.#limits.bytes, constants.MAX_STRING_LENGTH)
      output = Output.open(this.#expected * 1.1, most)
      this.#output = output
      this.#root = value
      this.#unsearched = unsearched
      this.#nodes = 0
      this.#mostNodes = Math.min(checkpoint, this.#limits.nodes)
      this.#isPolluted = isPolluted()
      this.#count(1)
      output.room(0, this.#reserve)
      const end = this.#value(value, 0, 0)
      if (end > most) throw tooMuch
      this.#expected = end
      return output.take(end)
    } catch (cause) {
      this.#isTooMuch = cause === tooMuch
      return undefined
    } finally {
      this.#root = this.#unsearched = undefined
      this.#isBusy = false
      output?.close()
    }
  }

  // Not a switch: the engine compares the type in place only here.
  #value(value: unknown, level: number, at: number): number {
    if (typeof value === "string") return this.#text(value, at)
    if (typeof value === "number") return writeNumber(this.#output, value, at, this.#hasBigInts)
    if (typeof value === "object" && value !== null) return this.#container(value, level, at)
    const { view } = this.#output
    if (typeof value === "boolean") {
      view.setUint32(at, value ? 0x74727565 : 0x66616c73)
      if (value) return at + 4
      view.setUint8(at + 4, 0x65)
      return at + 5
    }
    if (value !== null) throw beyond
    view.setUint32(at, 0x6e756c6c)
    return at + 4
  }

  #container(container: object, level: number, at: number): number {
    if (level >= fastDepth || level >= this.#limits.depth) throw beyond
    return Array.isArray(container)
      ? this.#array(container, level + 1, at)
      : this.#object(container as Readonly<Record<string, unknown>>, level + 1, at)
  }

  #array(array: readonly unknown[], level: number, start: number): number {
    const { length } = array
    if (getPrototypeOf(array) !== arrayPrototype && !isPlainArray(array)) throw beyond
    if (length > this.#limits.arrayLength) throw beyond
    this.#count(length)
    const output = this.#output
    output.room(start, this.#reserve)
    let at = start
    output.bytes[at++] = 0x5b
    for (let index = 0; index < length; index++) {
      if (index > 0) output.bytes[at++] = 0x2c
      at = this.#value(array[index], level, this.#newLine(level, at))
      output.room(at, this.#reserve)
    }
    if (this.#unsearched !== undefined) this.#unsearched.push(array)
    else if (!hasOnlyElements(array)) throw beyond
    if (length > 0) at = this.#newLine(level - 1, at)
    output.bytes[at] = 0x5d
    return at + 1
  }

  #object(object: Readonly<Record<string, unknown>>, level: number, start: number): number {
    const isForeign = getPrototypeOf(object) !== rootPrototype
    if (isForeign && !isPlainObject(object)) throw beyond
    const inherits = isForeign || this.#isPolluted
    const output = this.#output
    output.room(start, this.#reserve)
    let at = start
    output.bytes[at++] = 0x7b
    let place = 0
    for (const key in object) {
      if (inherits && !hasOwn(object, key)) continue
      const value = object[key]
      if (place > 0) output.bytes[at++] = 0x2c
      at = this.#value(value, level, this.#key(key, level, place++, at))
      output.room(at, this.#reserve)
    }
    if (this.#unsearched !== undefined) this.#unsearched.push(object)
    else if (getOwnPropertySymbols(object).length > 0) throw beyond
    this.#count(place)
    if (place > 0) at = this.#newLine(level - 1, at)
    output.bytes[at] = 0x7d
    return at + 1
  }

  #key(key: string, level: number, place: number, at: number): number {
    if (key.length > this.#limits.stringLength) throw beyond
    const known = this.#keys.write(this.#output, key, level, place, at)
    if (known >= 0) return known
    let end = this.#text(key, this.#newLine(level, at))
    const { bytes } = this.#output
    bytes[end++] = 0x3a
    if (this.#colon.length > 1) bytes[end++] = 0x20
    this.#keys.learn(this.#output, key, level, place, at, end)
    return end
  }

  #newLine(level: number, at: number): number {
    if (this.#indent === 0) return at
    const { view } = this.#output
    const end = 1 + level * this.#indent
    for (let done = 0; done < end; done += 8) {
      view.setFloat64(at + done, this.#line.getFloat64(done, true), true)
    }
    return at + end
  }

  #text(text: string, at: number): number {
    if (text.length > this.#limits.stringLength) throw beyond
    return writeText(this.#output, text, at, this.#reserve)
  }

  #count(nodes: number): void {
    this.#nodes += nodes
    if (this.#nodes <= this.#mostNodes) return
    const { nodes: limit } = this.#limits
    if (this.#nodes > limit || unfoldedLimit(this.#root, this.#limits)) throw beyond
    this.#mostNodes = limit
  }
}

function isPolluted(): boolean {
  for (const _key in {}) return true
  return false
}
