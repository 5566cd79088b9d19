import { PersistError } from "@persist/atomic"
import { limitError, type ResolvedLimits } from "../values/limits.ts"

/** A literal that JSON.parse refuses or rounds. */
export interface JsonLiteral {
  readonly start: number
  readonly end: number
  readonly value: number | bigint
}

/** How to read what plain JSON does not say. */
export interface ScanOptions {
  /** Accepts the NaN, Infinity and -Infinity that Python writes. */
  readonly lenient: boolean
  /** Reads integers beyond 2^53 as BigInt. */
  readonly bigints: boolean
  readonly limits: ResolvedLimits
}

/** Where in a text something is, counted as editors do: lines and columns from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const spacePattern = /[ \t\n\r]*/y
const literalPattern = /true|false|null/y
const lenientPattern = /NaN|-?Infinity/y

/**
 * Reads JSON text without building anything: for limits that need an exact count, and for the line
 * and column of what `JSON.parse` refused. Keeps its own stack.
 */
export class JsonScanner {
  readonly #text: string
  readonly #limits: ResolvedLimits
  readonly #options: ScanOptions
  readonly literals: JsonLiteral[] = []
  #position = 0
  #nodes = 0
  /** Elements so far of every open container; negative in an object. */
  readonly #open: { readonly close: "]" | "}"; count: number }[] = []

  constructor(text: string, options: ScanOptions) {
    this.#text = text
    this.#limits = options.limits
    this.#options = options
  }

  /** @throws `ERR_PERSIST_DECODE` with line and column, or `ERR_PERSIST_LIMIT`. */
  scan(): void {
    this.#skip(spacePattern)
    this.#value()
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      this.#skip(spacePattern)
      if (this.#text[this.#position] === top.close) {
        this.#position++
        this.#open.pop()
        continue
      }
      if (top.count > 0) {
        this.#expect(",", `"," or "${top.close}"`)
        this.#skip(spacePattern)
      }
      if (++top.count > this.#limits.arrayLength && top.close === "]")
        throw this.#limit("arrayLength")
      if (top.close === "}") this.#key(top.count > 1)
      this.#value()
    }
    this.#skip(spacePattern)
    if (this.#position < this.#text.length) throw this.#unexpected("the end of the text")
  }

  #key(isLater: boolean): void {
    if (this.#text[this.#position] !== '"')
      throw this.#unexpected(isLater ? "a property name" : 'a property name or "}"')
    this.#string()
    this.#skip(spacePattern)
    this.#expect(":", '":"')
    this.#skip(spacePattern)
  }

  #value(): void {
    if (++this.#nodes > this.#limits.nodes) throw this.#limit("nodes")
    const start = this.#position
    const character = this.#text[start]
    if (character === "[" || character === "{") {
      if (this.#open.length >= this.#limits.depth) throw this.#limit("depth")
      this.#open.push({ close: character === "[" ? "]" : "}", count: 0 })
      this.#position++
    } else if (character === '"') this.#string()
    else if (this.#skip(numberPattern)) this.#number(start)
    else if (!this.#skip(literalPattern)) this.#nonFinite(start)
  }

  #number(start: number): void {
    const end = this.#position
    // Fewer digits are always exact.
    if (!this.#options.bigints || end - start < 16) return
    const source = this.#text.slice(start, end)
    if (!/^-?[0-9]+$/.test(source) || Number.isSafeInteger(Number(source))) return
    const digits = source.length - (source[0] === "-" ? 1 : 0)
    if (digits > this.#limits.bigintDigits) throw this.#limit("bigintDigits")
    this.literals.push({ start, end, value: BigInt(source) })
  }

  #nonFinite(start: number): void {
    if (!this.#options.lenient || !this.#skip(lenientPattern)) throw this.#unexpected("a value")
    const end = this.#position
    this.literals.push({ start, end, value: Number(this.#text.slice(start, end)) })
  }

  #string(): void {
    const start = this.#position
    let escaped = 0
    for (let index = start + 1; ; index++) {
      const code = this.#text.charCodeAt(index)
      if (code === 0x22) {
        this.#position = index + 1
        break
      }
      if (code === 0x5c) {
        const last = this.#escape(index)
        escaped += last - index
        index = last
      } else if (!(code >= 0x20)) {
        this.#position = Math.min(index, this.#text.length)
        throw this.#unexpected("the rest of a string")
      }
    }
    if (this.#position - start - 2 - escaped > this.#limits.stringLength)
      throw this.#limit("stringLength")
  }

  #escape(index: number): number {
    const next = this.#text[index + 1]
    if (next !== undefined && '"\\/bfnrt'.includes(next)) return index + 1
    if (next === "u" && /^[0-9a-fA-F]{4}$/.test(this.#text.slice(index + 2, index + 6)))
      return index + 5
    this.#position = index
    throw this.#unexpected("a valid escape")
  }

  #expect(character: string, what: string): void {
    if (this.#text[this.#position] !== character) throw this.#unexpected(what)
    this.#position++
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position
    if (!pattern.test(this.#text)) return false
    this.#position = pattern.lastIndex
    return true
  }

  #unexpected(expected: string): PersistError {
    const { line, column } = positionOf(this.#text, this.#position)
    const found = this.#text.codePointAt(this.#position)
    const what =
      found === undefined ? "it ends" : `found ${JSON.stringify(String.fromCodePoint(found))}`
    return new PersistError(
      "ERR_PERSIST_DECODE",
      `Not JSON at line ${line}, column ${column}: expected ${expected}, but ${what}.`,
      { details: { line, column, offset: this.#position } },
    )
  }

  #limit(limit: "depth" | "nodes" | "stringLength" | "arrayLength" | "bigintDigits"): PersistError {
    const { line, column } = positionOf(this.#text, this.#position)
    return limitError(limit, this.#limits, `The JSON at line ${line}, column ${column}`, {
      line,
      column,
    })
  }
}

/** The line and column of `offset` in `text`. */
function positionOf(text: string, offset: number): TextPosition {
  let line = 1
  let start = 0
  for (
    let index = text.indexOf("\n");
    index >= 0 && index < offset;
    index = text.indexOf("\n", index + 1)
  ) {
    line++
    start = index + 1
  }
  return { line, column: offset - start + 1 }
}
