import { describeValue, type ResolvedLimits } from "@persist/core/values"
import { hasMoreDigits } from "../limits/has-more-digits.ts"
import { Exact, packTokens } from "./engine.ts"
import { Tag } from "./format.ts"
import { Problem } from "./problem.ts"

const maximumUint64 = 2n ** 64n
const minimumInt64 = -(2n ** 63n)
const negativeZero = Exact.float(-0)
const undefinedToken: readonly unknown[] = [Tag.Undefined]
// Few enough that a run is written and packed before it leaves the processor's cache.
const runLength = 512
// The memory for the result of one file serves the next: the first touch of fresh memory costs a tenth of writing.
const keptCapacity = 2 ** 22
let kept: Buffer | undefined

/** Collects tokens as plain values, which msgpackr packs run by run; makes the tokens of primitives. */
export class TokenWriter {
  readonly #limits: ResolvedLimits
  #run: unknown[] = new Array(runLength)
  #count = 0
  #waiting: unknown[][] | undefined
  #bytes: Buffer
  #size = 0

  constructor(limits: ResolvedLimits) {
    this.#limits = limits
    this.#bytes = kept ?? Buffer.allocUnsafeSlow(8192)
    kept = undefined
  }

  push(token: unknown): void {
    this.#run[this.#count++] = token
    if (this.#count === runLength) this.#endRun()
  }

  /** Packs nothing before `finish`, since tokens may still change. */
  hold(): void {
    this.#waiting ??= []
  }

  /** Everything packed; good until `release`. */
  finish(): Uint8Array {
    this.#run.length = this.#count
    for (const run of this.#waiting ?? []) this.#pack(run)
    if (this.#count > 0) this.#pack(this.#run)
    return this.#bytes.subarray(0, this.#size)
  }

  /** Gives the memory back; the writer must not be used any more. */
  release(): void {
    if (this.#bytes.length <= keptCapacity) kept = this.#bytes
  }

  #endRun(): void {
    if (this.#waiting === undefined) this.#pack(this.#run)
    else this.#waiting.push(this.#run)
    this.#run = new Array(runLength)
    this.#count = 0
  }

  #pack(run: readonly unknown[]): void {
    const bytes = packTokens(run)
    const size = this.#size + bytes.length
    if (size > this.#limits.bytes) throw new Problem("", "bytes")
    if (size > this.#bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(size * 2)
      this.#bytes.copy(bigger, 0, 0, this.#size)
      this.#bytes = bigger
    }
    this.#bytes.set(bytes, this.#size)
    this.#size = size
  }

  primitive(value: unknown): unknown {
    if (typeof value === "string") return this.text(value)
    if (typeof value === "number") return this.number(value)
    if (typeof value === "boolean") return value
    if (value === undefined) return undefinedToken
    if (typeof value === "bigint") return this.#integer(value)
    if (typeof value === "symbol") return this.#symbol(value)
    throw new Problem("is a function")
  }

  number(value: number): unknown {
    return value === 0 && 1 / value < 0 ? negativeZero : value
  }

  /** A string with lone surrogates is not UTF-8. */
  text(text: string): unknown {
    if (text.length > this.#limits.stringLength) throw new Problem("", "stringLength")
    return text.isWellFormed() ? text : [Tag.Utf16, Buffer.from(text, "utf16le")]
  }

  /** The key of a property. */
  key(key: string | symbol): unknown {
    return typeof key === "string" ? this.text(key) : this.#symbol(key)
  }

  #integer(value: bigint): unknown {
    if (hasMoreDigits(value, this.#limits.bigintDigits)) throw new Problem("", "bigintDigits")
    if (value < maximumUint64 && value >= minimumInt64)
      return value < 0n ? value : Exact.unsigned(value)
    const isNegative = value < 0n
    const digits = (isNegative ? -value : value).toString(16)
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex")
    return [Tag.BigInt, isNegative ? 1 : 0, magnitude]
  }

  #symbol(symbol: symbol): unknown {
    const key = Symbol.keyFor(symbol)
    if (key === undefined)
      throw new Problem(`is ${describeValue(symbol)}, which is not of the registry`)
    return [Tag.Symbol, this.text(key)]
  }
}
