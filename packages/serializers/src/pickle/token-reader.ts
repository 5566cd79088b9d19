import type { PersistError } from "@persist/core"
import { limitError, type ResolvedLimits } from "@persist/core/values"
import { hasMoreDigits } from "../limits/has-more-digits.ts"
import { unpackTokens } from "./engine.ts"
import { Tag } from "./format.ts"
import { restoreMarks } from "./restore-marks.ts"
import { TokenScanner } from "./token-scanner.ts"

// Few enough that they are still in the processor's cache when they are read.
const runLength = 512

/** Hands out the tokens of a pickle one by one, and checks the operands of tags. */
export class TokenReader {
  readonly limits: ResolvedLimits
  readonly #scanner: TokenScanner
  #tokens: readonly unknown[] = []
  #position = 0
  #runStart = 0
  #runEnd = 0
  #isTextChecked = true

  constructor(bytes: Uint8Array, limits: ResolvedLimits) {
    this.limits = limits
    this.#scanner = new TokenScanner(bytes, limits)
  }

  /** No more tokens than this are still to come. */
  get remaining(): number {
    return this.#tokens.length - this.#position + this.#scanner.bytes.length - this.#runEnd
  }

  next(): unknown {
    if (this.#position === this.#tokens.length) this.#unpackRun()
    return this.#tokens[this.#position++]
  }

  /** The token that `next` will answer. */
  peek(): unknown {
    if (this.#position === this.#tokens.length) this.#unpackRun()
    return this.#tokens[this.#position]
  }

  text(text: string): string {
    if (text.length > this.limits.stringLength) throw this.limit("stringLength")
    // What replaces bad bytes may also be there in its own right.
    if (!this.#isTextChecked && text.indexOf("\ufffd") >= 0) this.#checkText()
    return text
  }

  /** A whole number from 0, such as a length, up to `most`. */
  count(value: unknown, most: number): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most)
      return value
    throw this.damaged("a count is out of its range")
  }

  /** The next token: a count of things to follow, each of at least one byte; of elements, if there is a limit. */
  following(most: number = this.limits.arrayLength): number {
    const count = this.count(this.next(), 0xffffffff)
    if (count > this.remaining) throw this.#scanner.ends()
    if (count > most) throw this.limit("arrayLength")
    return count
  }

  float(value: unknown): number {
    if (typeof value === "number") return value
    throw this.damaged("a number is missing")
  }

  data(value: unknown): Uint8Array {
    if (value instanceof Uint8Array) return value
    throw this.damaged("binary data is missing")
  }

  /** A string operand, which may be one with lone surrogates. */
  string16(value: unknown): string {
    if (typeof value === "string") return this.text(value)
    if (isPair(value, Tag.Utf16)) return this.utf16(value[1])
    throw this.damaged("a string is missing")
  }

  /** The key of a property: a string, or a symbol of the registry. */
  propertyKey(value: unknown): string | symbol {
    if (typeof value === "string") return this.text(value)
    return isPair(value, Tag.Symbol) ? this.symbol(value[1]) : this.string16(value)
  }

  symbol(key: unknown): symbol {
    return Symbol.for(this.string16(key))
  }

  utf16(value: unknown): string {
    const data = this.data(value)
    if (data.length % 2 !== 0) throw this.damaged("a UTF-16 string has half a unit")
    if (data.length / 2 > this.limits.stringLength) throw this.limit("stringLength")
    return Buffer.from(data.buffer).toString("utf16le")
  }

  bigInteger(sign: unknown, magnitude: unknown): bigint {
    const isNegative = this.count(sign, 1) === 1
    const data = this.data(magnitude)
    // A byte is 2.4 decimal digits.
    if (data.length * 2.4082 > this.limits.bigintDigits + 3) throw this.limit("bigintDigits")
    if (data.length === 0) throw this.damaged("a BigInt has no digits")
    const value = this.integer(BigInt(`0x${Buffer.from(data.buffer).toString("hex")}`))
    return isNegative ? -value : value
  }

  integer(value: bigint): bigint {
    if (hasMoreDigits(value, this.limits.bigintDigits)) throw this.limit("bigintDigits")
    return value
  }

  damaged(problem: string): PersistError {
    return this.#scanner.damaged(problem, this.#offset())
  }

  limit(
    limit: "depth" | "nodes" | "stringLength" | "arrayLength" | "bigintDigits" | "regexps",
  ): PersistError {
    return limitError(limit, this.limits, `The pickle at byte ${this.#offset()}`)
  }

  #unpackRun(): void {
    const scanner = this.#scanner
    const start = this.#runEnd
    const { count, end, marked } = scanner.run(start, runLength)
    if (count === 0) throw scanner.ends()
    const tokens = unpackTokens(scanner.bytes, start, end, count)
    if (marked !== undefined) restoreMarks(tokens, marked)
    this.#tokens = tokens
    this.#position = 0
    this.#runStart = start
    this.#runEnd = end
    this.#isTextChecked = false
  }

  #checkText(): void {
    this.#scanner.run(this.#runStart, this.#tokens.length, true)
    this.#isTextChecked = true
  }

  /** Where the last token taken begins, which is found again rather than remembered. */
  #offset(): number {
    if (this.#position === 0) return this.#runStart
    return this.#scanner.run(this.#runStart, this.#position - 1).end
  }
}

function isPair(value: unknown, tag: number): value is [number, unknown] {
  return Array.isArray(value) && value.length === 2 && value[0] === tag
}
