import { brief } from "../values/brief.ts"
import { limitError, type ResolvedLimits } from "../values/limits.ts"
import { encodeError, formatPath, type PathSegment, unreadable } from "../values/path.ts"
import { describeValue, isPlainArray, isPlainObject } from "../values/plain.ts"
import { unfoldedLimit } from "../values/unfolded.ts"
import { lenientForm } from "./lenient-form.ts"
import { hasOnlyElements } from "./only-elements.ts"

/** What to do with a BigInt, which JSON has no form for. */
export type BigIntPolicy = "throw" | "string" | "literal"

export interface JsonWriterOptions {
  readonly indent: string
  readonly lenient: boolean
  readonly canonical: boolean
  readonly bigint: BigIntPolicy
  /** Whether a second reference to an object is refused. */
  readonly isTree: boolean
  readonly limits: ResolvedLimits
}

const unfoldedCheckpoint = 2 ** 17
// Deeper beginnings of lines are made as they are needed.
const keptLines = 100

/** A container being written. */
interface Frame {
  /** What identifies it in a cycle. */
  readonly source: object
  readonly container: Readonly<Record<string | number, unknown>>
  /** The keys of an object; an array has none. */
  readonly keys: readonly string[] | undefined
  readonly length: number
  index: number
  written: number
}

/**
 * Writes JSON with an explicit stack, so that depth costs memory only, and knows at any moment where
 * in the value it is. `JSON.stringify` is the fast way for what it writes unchanged; this is for the rest.
 */
export class JsonWriter {
  readonly #options: JsonWriterOptions
  readonly #parts: string[] = []
  readonly #stack: Frame[] = []
  readonly #open = new Set<object>()
  /** How a line begins, by depth, up to the deepest so far. */
  readonly #lines: string[] = ["\n"]
  readonly #pathText = () => formatPath(this.#path())
  #root: unknown
  #nodes = 0
  /** Where the nodes are counted before more are written. */
  #checkpoint: number
  /** Characters so far; there are at least as many bytes. */
  #size = 0

  constructor(options: JsonWriterOptions) {
    this.#options = options
    this.#checkpoint = Math.min(unfoldedCheckpoint, options.limits.nodes)
  }

  write(value: unknown): string {
    this.#root = value
    try {
      this.#value(value)
      for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
        if (frame.index === frame.length) this.#leave(frame)
        else this.#next(frame)
      }
    } catch (cause) {
      throw unreadable(this.#path(), cause)
    }
    return this.#parts.join("")
  }

  /** Deep values that are indented grow with the square of their depth, so the size is watched all along. */
  #put(part: string): void {
    this.#parts.push(part)
    this.#size += part.length
    if (this.#size > this.#options.limits.bytes) throw this.#limit("bytes")
  }

  #next(frame: Frame): void {
    const position = frame.index++
    const key = frame.keys?.[position]
    const value = frame.container[key ?? position]
    if (key !== undefined && value === undefined && this.#options.lenient) return
    this.#separate(frame)
    if (key !== undefined) {
      this.#put(this.#string(key))
      this.#put(this.#options.indent === "" ? ":" : ": ")
    }
    this.#value(value)
  }

  #value(original: unknown): void {
    const { lenient } = this.#options
    if (++this.#nodes > this.#checkpoint) this.#passCheckpoint()
    const value = lenient ? lenientForm(original, this.#pathText) : original
    switch (typeof value) {
      case "string":
        this.#put(this.#string(value))
        return
      case "boolean":
        this.#put(value ? "true" : "false")
        return
      case "number":
        if (!Number.isFinite(value) || Object.is(value, -0)) throw this.#refuse(value)
        this.#put(this.#number(value))
        return
      case "bigint":
        this.#put(this.#bigint(value))
        return
      case "object":
        if (value === null) this.#put("null")
        else this.#enter(value, original as object)
        return
      default:
        throw this.#refuse(value)
    }
  }

  /** Shared objects can unfold to more than any limit; that is found before all up to the limit is written. */
  #passCheckpoint(): void {
    const { limits } = this.#options
    const limit = this.#nodes > limits.nodes ? "nodes" : unfoldedLimit(this.#root, limits)
    if (limit !== undefined) throw this.#limit(limit)
    this.#checkpoint = limits.nodes
  }

  #enter(value: object, source: object): void {
    const { limits, canonical } = this.#options
    if (this.#open.has(source)) {
      const problem = this.#stack.some(({ source: open }) => open === source)
        ? "refers back to a value that it is inside of (a cycle)"
        : "is an object that was already written elsewhere, and would come back as two"
      throw encodeError(this.#path(), problem, hold)
    }
    if (this.#stack.length >= limits.depth) throw this.#limit("depth")
    const isArray = Array.isArray(value)
    let keys: string[] | undefined
    if (isArray) this.#checkArray(value)
    else {
      if (!isPlainObject(value)) throw this.#refuse(value)
      this.#checkSymbols(value)
      keys = Object.keys(value)
      if (canonical) keys.sort()
    }
    const length = isArray ? value.length : keys!.length
    this.#open.add(source)
    this.#put(isArray ? "[" : "{")
    const container = value as Frame["container"]
    this.#stack.push({ source, container, keys, length, index: 0, written: 0 })
  }

  #leave(frame: Frame): void {
    this.#stack.pop()
    if (!this.#options.isTree) this.#open.delete(frame.source)
    if (frame.written > 0) this.#newLine()
    this.#put(frame.keys === undefined ? "]" : "}")
  }

  #separate(frame: Frame): void {
    if (frame.written++ > 0) this.#put(",")
    this.#newLine()
  }

  #newLine(): void {
    const { indent } = this.#options
    if (indent === "") return
    const depth = this.#stack.length
    // Not what all arrays inherit at that place.
    const known = depth < this.#lines.length ? this.#lines[depth]! : undefined
    const line = known ?? `\n${indent.repeat(depth)}`
    if (known === undefined && depth < keptLines) this.#lines.push(line)
    this.#put(line)
  }

  #checkArray(array: readonly unknown[]): void {
    if (array.length > this.#options.limits.arrayLength) throw this.#limit("arrayLength")
    if (this.#options.lenient) return
    if (!isPlainArray(array)) throw this.#refuse(array)
    for (let index = 0; index < array.length; index++) {
      if (index in array) continue
      throw encodeError([...this.#path(), index], "is a hole in an array", "fill it with null")
    }
    if (hasOnlyElements(array)) return
    const extra = Reflect.ownKeys(array).find((key) => key !== "length" && !isIndex(key))
    throw encodeError(this.#path(), `is an array with a property ${brief(String(extra))}`, hold)
  }

  #checkSymbols(object: object): void {
    if (this.#options.lenient) return
    const [symbol] = Object.getOwnPropertySymbols(object)
    if (symbol === undefined) return
    throw encodeError(this.#path(), `has a property with the key ${brief(String(symbol))}`, hold)
  }

  #string(text: string): string {
    if (text.length > this.#options.limits.stringLength) throw this.#limit("stringLength")
    if (this.#options.canonical && !text.isWellFormed()) {
      throw encodeError(this.#path(), "has a lone surrogate, which RFC 8785 forbids", "repair it")
    }
    return JSON.stringify(text)
  }

  /** A whole number that would be read as a BigInt is written with a fraction. */
  #number(value: number): string {
    const { bigint, canonical } = this.#options
    const text = String(value)
    const isAmbiguous = bigint === "literal" && !canonical && /^-?[0-9]{16,}$/.test(text)
    return isAmbiguous && !Number.isSafeInteger(value) ? `${text}.0` : text
  }

  #bigint(value: bigint): string {
    const { bigint, lenient, limits } = this.#options
    if (bigint === "throw" && !lenient) throw this.#refuse(value)
    const digits = String(value)
    if (digits.length - (value < 0n ? 1 : 0) > limits.bigintDigits)
      throw this.#limit("bigintDigits")
    return bigint === "literal" ? digits : `"${digits}"`
  }

  #refuse(value: unknown): Error {
    return encodeError(this.#path(), `is ${describeValue(value)}, which JSON cannot hold`, hold)
  }

  #limit(
    limit: "bytes" | "depth" | "nodes" | "stringLength" | "arrayLength" | "bigintDigits",
  ): Error {
    return limitError(limit, this.#options.limits, formatPath(this.#path()))
  }

  #path(): PathSegment[] {
    return this.#stack.map(({ keys, index }) => keys?.[index - 1] ?? index - 1)
  }
}

const hold = 'convert it first, use PickleSerializer, or accept strings with "lenient"'

function isIndex(key: string | symbol): boolean {
  return typeof key === "string" && String(Number(key) >>> 0) === key
}
