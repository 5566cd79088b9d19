import type { ResolvedLimits } from "@persist/core/values"
import { MessageWriter } from "../message-pack/message-writer.ts"
import { Tag } from "./format.ts"
import { Problem } from "./problem.ts"

const maximumUint64 = 2n ** 64n
const minimumInt64 = -(2n ** 63n)

/** Writes the tokens of primitives. */
export class TokenWriter extends MessageWriter {
  readonly #limits: ResolvedLimits

  constructor(limits: ResolvedLimits) {
    super()
    this.#limits = limits
  }

  tag(tag: number, operands: number): void {
    this.arrayHeader(operands + 1)
    this.number(tag)
  }

  /** A string with lone surrogates is not UTF-8. */
  text(text: string): void {
    if (text.length > this.#limits.stringLength) throw new Problem("", "stringLength")
    if (this.string(text)) return
    this.tag(Tag.Utf16, 1)
    this.binary(Buffer.from(text, "utf16le"))
  }

  primitive(value: unknown): void {
    if (typeof value === "string") this.text(value)
    else if (typeof value === "number") this.number(value)
    else if (typeof value === "boolean") this.boolean(value)
    else if (typeof value === "bigint") this.integer(value)
    else if (value === undefined) this.tag(Tag.Undefined, 0)
    else if (typeof value === "symbol") this.symbol(value)
    else throw new Problem("is a function")
  }

  integer(value: bigint): void {
    if (value < maximumUint64 && value >= minimumInt64) {
      this.bigint(value)
      return
    }
    const isNegative = value < 0n
    const digits = (isNegative ? -value : value).toString(16)
    // One hexadecimal digit is 1.2 decimal ones.
    if (digits.length * 1.2042 > this.#limits.bigintDigits + 1)
      throw new Problem("", "bigintDigits")
    this.tag(Tag.BigInt, 2)
    this.number(isNegative ? 1 : 0)
    this.binary(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"))
  }

  symbol(symbol: symbol): void {
    const key = Symbol.keyFor(symbol)
    if (key === undefined)
      throw new Problem(`is the ${String(symbol)}, which is not of the registry`)
    this.tag(Tag.Symbol, 1)
    this.text(key)
  }

  /** The key of a property. */
  key(key: string | symbol): void {
    if (typeof key === "string") this.text(key)
    else this.symbol(key)
  }
}
