const initialCapacity = 8192
// One working buffer is kept between encodings; a bigger one is given back to the collector.
const keptCapacity = 1 << 20
let kept: Buffer | undefined

/** Writes the scalars and headers of MessagePack. Hot path: plain fields, no checks beyond capacity. */
export class MessageWriter {
  bytes: Buffer
  view: DataView
  position = 0
  /** Where the next write must make room; the ten bytes behind it take any header or number. */
  #safeEnd: number

  constructor() {
    this.bytes = kept ?? Buffer.allocUnsafeSlow(initialCapacity)
    kept = undefined
    this.view = viewOf(this.bytes)
    this.#safeEnd = this.bytes.length - 10
  }

  /** A copy of what was written, of exactly its size; the writer must not be used any more. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.position)
    result.set(this.bytes.subarray(0, this.position))
    this.release()
    return result
  }

  /** Gives the working buffer back. */
  release(): void {
    if (this.bytes.length <= keptCapacity) kept = this.bytes
  }

  /** Makes room for `size` bytes and a header. */
  reserve(size: number): void {
    if (this.position + size > this.#safeEnd) this.#grow(this.position + size + 10)
  }

  nil(): void {
    this.byte(0xc0)
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2)
  }

  byte(value: number): void {
    if (this.position > this.#safeEnd) this.#grow(this.position + 10)
    this.bytes[this.position++] = value
  }

  /** Integers of 32 bits in their shortest form, every other number as a 64-bit float. */
  number(value: number): void {
    if (this.position > this.#safeEnd) this.#grow(this.position + 10)
    const { bytes } = this
    const integer = value | 0
    if (integer === value && (value !== 0 || 1 / value > 0)) {
      if (integer >= 0) this.#positive(integer)
      else this.#negative(integer)
    } else if (value >>> 0 === value && value !== 0) {
      bytes[this.position++] = 0xce
      this.view.setUint32(this.position, value)
      this.position += 4
    } else {
      bytes[this.position++] = 0xcb
      this.view.setFloat64(this.position, value)
      this.position += 8
    }
  }

  #positive(value: number): void {
    const { bytes } = this
    if (value < 0x80) bytes[this.position++] = value
    else if (value < 0x100) {
      bytes[this.position++] = 0xcc
      bytes[this.position++] = value
    } else if (value < 0x10000) {
      bytes[this.position++] = 0xcd
      bytes[this.position++] = value >> 8
      bytes[this.position++] = value
    } else {
      bytes[this.position++] = 0xce
      this.view.setUint32(this.position, value)
      this.position += 4
    }
  }

  #negative(value: number): void {
    const { bytes } = this
    if (value >= -0x20) bytes[this.position++] = value
    else if (value >= -0x80) {
      bytes[this.position++] = 0xd0
      bytes[this.position++] = value
    } else if (value >= -0x8000) {
      bytes[this.position++] = 0xd1
      bytes[this.position++] = value >> 8
      bytes[this.position++] = value
    } else {
      bytes[this.position++] = 0xd2
      this.view.setInt32(this.position, value)
      this.position += 4
    }
  }

  /** As a 64-bit integer, which must hold it. */
  bigint(value: bigint): void {
    this.reserve(9)
    if (value < 0n) {
      this.bytes[this.position++] = 0xd3
      this.view.setBigInt64(this.position, value)
    } else {
      this.bytes[this.position++] = 0xcf
      this.view.setBigUint64(this.position, value)
    }
    this.position += 8
  }

  /** As UTF-8; answers false, and writes nothing, when a lone surrogate makes that impossible. */
  string(text: string): boolean {
    const { length } = text
    if (length < 32 && this.#shortString(text, length)) return true
    if (!text.isWellFormed()) return false
    this.reserve(length < 10_000 ? length * 3 : Buffer.byteLength(text))
    const header = length < 11 ? 1 : length < 86 ? 2 : length < 21846 ? 3 : 5
    const size = this.bytes.write(text, this.position + header, "utf8")
    this.#stringHeader(size, header)
    this.position += size
    return true
  }

  #shortString(text: string, length: number): boolean {
    this.reserve(length)
    const { bytes, position } = this
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[position + 1 + index] = code
    }
    bytes[position] = 0xa0 | length
    this.position = position + 1 + length
    return true
  }

  #stringHeader(size: number, reserved: number): void {
    const needed = size < 0x20 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5
    const { bytes, position } = this
    if (needed !== reserved)
      bytes.copyWithin(position + needed, position + reserved, position + reserved + size)
    if (needed === 1) bytes[position] = 0xa0 | size
    else this.#sized(size, 0xd9, position)
    this.position = position + needed
  }

  binary(data: Uint8Array): void {
    this.reserve(data.length + 5)
    this.position = this.#sized(data.length, 0xc4, this.position)
    this.bytes.set(data, this.position)
    this.position += data.length
  }

  /** An extension of `type`, -128 to 127. */
  extension(type: number, data: Uint8Array): void {
    this.reserve(data.length + 6)
    const { length } = data
    const fixed = fixedExtension.indexOf(length)
    if (fixed >= 0) this.bytes[this.position++] = 0xd4 + fixed
    else this.position = this.#sized(length, 0xc7, this.position)
    this.bytes[this.position++] = type
    this.bytes.set(data, this.position)
    this.position += length
  }

  arrayHeader(length: number): void {
    this.#header(length, 0x90, 0xdc)
  }

  mapHeader(size: number): void {
    this.#header(size, 0x80, 0xde)
  }

  #header(count: number, short: number, long: number): void {
    if (this.position > this.#safeEnd) this.#grow(this.position + 10)
    const { bytes } = this
    if (count < 0x10) bytes[this.position++] = short | count
    else if (count < 0x10000) {
      bytes[this.position++] = long
      bytes[this.position++] = count >> 8
      bytes[this.position++] = count
    } else {
      bytes[this.position++] = long + 1
      this.view.setUint32(this.position, count)
      this.position += 4
    }
  }

  /** A length in 8, 16 or 32 bits behind `type`, `type + 1` or `type + 2`; answers the position behind it. */
  #sized(size: number, type: number, position: number): number {
    const { bytes } = this
    if (size < 0x100) {
      bytes[position] = type
      bytes[position + 1] = size
      return position + 2
    }
    if (size < 0x10000) {
      bytes[position] = type + 1
      this.view.setUint16(position + 1, size)
      return position + 3
    }
    bytes[position] = type + 2
    this.view.setUint32(position + 1, size)
    return position + 5
  }

  #grow(needed: number): void {
    const capacity = Math.max(
      needed + 64,
      Math.ceil(this.bytes.length * (needed > 1 << 26 ? 1.5 : 2)),
    )
    this.#resize(capacity)
  }

  #resize(capacity: number): void {
    const bytes = Buffer.allocUnsafeSlow(capacity)
    this.bytes.copy(bytes, 0, 0, this.position)
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.#safeEnd = bytes.length - 10
  }
}

const fixedExtension = [1, 2, 4, 8, 16]

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
