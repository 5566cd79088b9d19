/** Bytes of the buffer that is kept from one value to the next. */
export const spareSize: number = 2 ** 16

let spare: Output | undefined

const nothing = new ArrayBuffer(0)

/** Thrown where the fast way ends; tells nobody anything. */
export const beyond: unique symbol = Symbol("beyond the fast way")
/** Thrown where there is more than may be. */
export const tooMuch: unique symbol = Symbol("more bytes than allowed")

/**
 * Where an encoder puts its bytes. Whoever writes asks for room first and passes on where the next byte goes: the
 * place stays in a register, and nothing is checked twice.
 */
export class Output {
  bytes!: Buffer<ArrayBuffer>
  view!: DataView<ArrayBuffer>
  /** The same bytes, as they are given away. */
  #all!: Uint8Array<ArrayBuffer>
  #size = 0
  /** How much it may ever hold. */
  #most = 0

  /** An output for about `expected` bytes and `most` at most. `close` it, if it was not taken. */
  static open(expected: number, most: number): Output {
    const kept = expected < spareSize ? spare : undefined
    if (kept !== undefined) spare = undefined
    const output = kept ?? new Output(Math.max(spareSize, Math.min(expected, most)))
    output.#most = most
    return output
  }

  private constructor(size: number) {
    this.#hold(new ArrayBuffer(size))
  }

  /** Makes room for `count` bytes from `at` on. */
  room(at: number, count: number): void {
    if (at + count > this.#size) this.#grow(at, count)
  }

  /** The bytes before `end`: a copy, or what they were written to where that is large and nearly full. */
  take(end: number): Uint8Array<ArrayBuffer> {
    const length = this.#size
    const isCopied = length <= spareSize || end < length * 0.8
    return isCopied ? this.#all.slice(0, end) : this.#all.subarray(0, end)
  }

  /** Keeps the bytes for the next value if they are few; else nobody but who took them has them any more. */
  close(): void {
    if (this.#size === spareSize) spare = this
    else this.#hold(nothing)
  }

  #grow(at: number, count: number): void {
    if (at > this.#most) throw tooMuch
    const buffer = new ArrayBuffer(Math.max(this.#size * 2, at + count))
    const written = this.#all.subarray(0, at)
    this.#hold(buffer)
    this.#all.set(written)
  }

  #hold(buffer: ArrayBuffer): void {
    // All or none: at the end of the stack any call may fail.
    const bytes = Buffer.from(buffer)
    const all = new Uint8Array(buffer)
    const view = new DataView(buffer)
    this.bytes = bytes
    this.#all = all
    this.view = view
    this.#size = buffer.byteLength
  }
}
