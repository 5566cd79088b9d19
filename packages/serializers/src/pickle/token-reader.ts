import { constants } from "node:buffer"
import type { PersistError } from "@persist/core"
import { limitError, type ResolvedLimits } from "@persist/core/values"
import { MessageReader } from "../binary/message-reader.ts"
import { hasMoreDigits } from "../limits/has-more-digits.ts"
import { Tag } from "./format.ts"

/** Reads the tokens of primitives, and the operands of the others, where they lie in the file. */
export class TokenReader extends MessageReader {
  readonly limits: ResolvedLimits

  constructor(bytes: Uint8Array, limits: ResolvedLimits) {
    super(bytes, "a pickle")
    this.limits = limits
  }

  /** A primitive that stands for itself; `type` is its first byte, already taken. */
  scalar(type: number): unknown {
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xcf:
      case 0xd3:
        return this.#integer(this.bigint(type))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.size(type - 0xd9))
      default: {
        if (type >= 0xa0 && type < 0xc0) return this.text(type & 0x1f)
        const number = this.number(type)
        if (number !== undefined) return number
        throw this.damaged(`0x${type.toString(16)} begins no token`, this.position - 1)
      }
    }
  }

  /** A string of `length` bytes. */
  text(length: number): string {
    const text = this.string(length)
    if (text.length > this.limits.stringLength) throw this.limit("stringLength")
    return text
  }

  /** How many elements an array has; `type` is its first byte, already taken. */
  arraySize(type: number): number {
    const size = type >= 0x90 && type < 0xa0 ? type & 0x0f : this.#longArraySize(type)
    if (size > this.remaining) throw this.ends()
    return size
  }

  #longArraySize(type: number): number {
    if (type === 0xdc || type === 0xdd) return this.size(type - 0xdb)
    throw this.damaged("an array is missing", this.position - 1)
  }

  /** A whole number from 0, such as a length, up to `most`. */
  count(most: number): number {
    const value = this.number(this.byte())
    if (value !== undefined && Number.isInteger(value) && value >= 0 && value <= most) return value
    throw this.damaged("a count is out of its range")
  }

  /** A count of things to follow, each of at least one byte; of elements, if there is a limit. */
  following(most: number = this.limits.arrayLength): number {
    const count = this.count(0xffffffff)
    if (count > this.remaining) throw this.ends()
    if (count > most) throw this.limit("arrayLength")
    return count
  }

  float(): number {
    const value = this.number(this.byte())
    if (value === undefined) throw this.damaged("a number is missing")
    return value
  }

  data(): Uint8Array {
    const type = this.byte()
    if (type < 0xc4 || type > 0xc6) throw this.damaged("binary data is missing", this.position - 1)
    return this.binary(this.size(type - 0xc4))
  }

  /** A string operand, which may be one with lone surrogates. */
  string16(): string {
    const type = this.byte()
    if (type === 0x92 && this.byte() === Tag.Utf16) return this.utf16()
    const value = type === 0x92 ? undefined : this.scalar(type)
    if (typeof value === "string") return value
    throw this.damaged("a string is missing")
  }

  /** The key of a property: a string, or a symbol of the registry. */
  propertyKey(): string | symbol {
    if (this.bytes[this.position] !== 0x92 || this.bytes[this.position + 1] !== Tag.Symbol)
      return this.string16()
    this.position += 2
    return this.symbol()
  }

  symbol(): symbol {
    return Symbol.for(this.string16())
  }

  utf16(): string {
    const data = this.data()
    if (data.length % 2 !== 0) throw this.damaged("a UTF-16 string has half a unit")
    const most = Math.min(this.limits.stringLength, constants.MAX_STRING_LENGTH)
    if (data.length / 2 > most) throw this.limit("stringLength")
    return Buffer.from(data.buffer).toString("utf16le")
  }

  bigInteger(): bigint {
    const isNegative = this.count(1) === 1
    const data = this.data()
    // A byte is 2.4 decimal digits.
    if (data.length * 2.4082 > this.limits.bigintDigits + 3) throw this.limit("bigintDigits")
    if (data.length === 0) throw this.damaged("a BigInt has no digits")
    const value = this.#integer(BigInt(`0x${Buffer.from(data.buffer).toString("hex")}`))
    return isNegative ? -value : value
  }

  #integer(value: bigint): bigint {
    if (hasMoreDigits(value, this.limits.bigintDigits)) throw this.limit("bigintDigits")
    return value
  }

  limit(
    limit: "depth" | "nodes" | "stringLength" | "arrayLength" | "bigintDigits" | "regexps",
  ): PersistError {
    return limitError(limit, this.limits, `The pickle at byte ${this.position}`)
  }
}
