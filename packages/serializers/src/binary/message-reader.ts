import { isUtf8 } from "node:buffer"
import { PersistError } from "@persist/core"
import { longestTextError } from "@persist/core/values"
import { shortText } from "./short-text.ts"

// Longer text is checked and decoded faster by the engine.
const mostShort = 64
// V8 copies a shorter piece of a string; of a longer one it keeps all of the string alive.
const leastSliced = 13
const windowSize = 4096
// Only strings of at most 31 bytes get in, so the cache stays below 100 KB.
const keys: (string | undefined)[] = new Array(1024)

/** Reads the scalars and headers of MessagePack; every read past the end throws `ERR_PERSIST_DECODE`. */
export class MessageReader {
  readonly bytes: Buffer
  readonly view: DataView
  position = 0
  readonly #format: string
  #window = ""
  #windowStart = 0

  /** `format` is what damaged bytes are said not to be. */
  constructor(source: Uint8Array, format = "MessagePack") {
    this.#format = format
    this.bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  byte(): number {
    if (this.position >= this.bytes.length) throw this.ends()
    return this.bytes[this.position++]!
  }

  uint16(): number {
    const start = this.#take(2)
    return this.view.getUint16(start)
  }

  uint32(): number {
    const start = this.#take(4)
    return this.view.getUint32(start)
  }

  /** The number of a first byte that means one: fixint, float, or integer up to 32 bits; else undefined. */
  number(type: number): number | undefined {
    if (type < 0x80) return type
    if (type >= 0xe0) return type - 0x100
    switch (type) {
      case 0xca:
        return this.view.getFloat32(this.#take(4))
      case 0xcb:
        return this.view.getFloat64(this.#take(8))
      case 0xcc:
        return this.byte()
      case 0xcd:
        return this.view.getUint16(this.#take(2))
      case 0xce:
        return this.view.getUint32(this.#take(4))
      case 0xd0:
        return this.view.getInt8(this.#take(1))
      case 0xd1:
        return this.view.getInt16(this.#take(2))
      case 0xd2:
        return this.view.getInt32(this.#take(4))
      default:
        return undefined
    }
  }

  /** The integer of the first byte 0xcf or 0xd3. */
  bigint(type: number): bigint {
    const start = this.#take(8)
    return type === 0xcf ? this.view.getBigUint64(start) : this.view.getBigInt64(start)
  }

  /** The length behind a first byte of a family: 8, 16 or 32 bits for `step` 0, 1, 2. */
  size(step: number): number {
    if (step === 0) return this.byte()
    return step === 1 ? this.uint16() : this.uint32()
  }

  /** A copy of the next `length` bytes, in a buffer of their own. */
  binary(length: number): Uint8Array {
    const start = this.#take(length)
    return new Uint8Array(this.bytes.subarray(start, start + length))
  }

  /** `length` bytes of UTF-8. */
  string(length: number): string {
    const start = this.#take(length)
    const end = start + length
    if (length < mostShort) {
      if (this.#isAsciiFrom(start, end))
        return length < leastSliced
          ? this.#piece(start, end)
          : this.bytes.toString("latin1", start, end)
      const text = shortText(this.bytes, start, end)
      if (text !== undefined) return text
    }
    const text = this.#text(start, end)
    // What replaces bad bytes may also be there in its own right.
    if (text.includes("\ufffd") && !isUtf8(this.bytes.subarray(start, end)))
      throw this.damaged("a string is not UTF-8", start)
    return text
  }

  #text(start: number, end: number): string {
    try {
      return this.bytes.toString("utf8", start, end)
    } catch {
      throw longestTextError(`A string of ${end - start} bytes at byte ${start}`)
    }
  }

  #isAsciiFrom(start: number, end: number): boolean {
    const { bytes } = this
    let bits = 0
    for (let index = start; index < end; index++) bits |= bytes[index]!
    return bits < 0x80
  }

  /** A short text out of the window, which is decoded at once: a third of the cost of decoding it alone. */
  #piece(start: number, end: number): string {
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#windowStart = start
      this.#window = this.bytes.toString(
        "latin1",
        start,
        Math.min(start + windowSize, this.bytes.length),
      )
    }
    return this.#window.slice(start - this.#windowStart, end - this.#windowStart)
  }

  /** A short string that is likely to come again, as keys do: found in a cache without building it. */
  key(length: number): string {
    const { bytes, position } = this
    if (length === 0 || length > bytes.length - position) return this.string(length)
    const hash =
      (bytes[position]! * 31 +
        bytes[position + (length >> 1)]! * 17 +
        bytes[position + length - 1]! * 7 +
        length) &
      0x3ff
    const known = keys[hash]
    if (known !== undefined && known.length === length && this.#isNext(known)) {
      this.position += length
      return known
    }
    const text = this.string(length)
    // Only of ASCII are the units the bytes: another text could be taken for one of other bytes.
    if (text.length === length) keys[hash] = text
    return text
  }

  #isNext(text: string): boolean {
    const { bytes, position } = this
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== bytes[position + index]) return false
    }
    return true
  }

  ends(): PersistError {
    return this.damaged("it ends too early", this.bytes.length)
  }

  damaged(problem: string, offset: number = this.position, cause?: unknown): PersistError {
    return new PersistError(
      "ERR_PERSIST_DECODE",
      `Not ${this.#format}: ${problem} (byte ${offset}).`,
      { cause, details: { offset } },
    )
  }

  #take(length: number): number {
    const start = this.position
    if (length > this.bytes.length - start) throw this.ends()
    this.position = start + length
    return start
  }
}
