/** What is kept of one ArrayBuffer. */
interface Kept {
  readonly index: number
  readonly buffer: ArrayBuffer
  start: number
  end: number
}

// Node hands out small Buffers as views of shared blocks of this size.
const poolSize = Buffer.poolSize

/**
 * The ArrayBuffers of a graph. Of one that only Buffers look at, and of Node's shared pool, only what
 * they see is kept: the rest is other people's memory.
 */
export class BufferTable {
  readonly #known = new Map<ArrayBufferLike, Kept>()

  get size(): number {
    return this.#known.size
  }

  /** Keeps a whole buffer; answers its index. */
  whole(buffer: ArrayBuffer): number {
    return this.#keep(buffer, 0, buffer.byteLength)
  }

  /** Keeps what `view` needs of its buffer; answers the buffer's index. */
  seenBy(view: ArrayBufferView<ArrayBuffer>): number {
    const { buffer, byteOffset, byteLength } = view
    const isPart = Buffer.isBuffer(view) || buffer.byteLength === poolSize
    return isPart ? this.#keep(buffer, byteOffset, byteOffset + byteLength) : this.whole(buffer)
  }

  /** What is kept, in the order of the indexes; an origin is a multiple of 8, so that views stay aligned. */
  *parts(): Generator<readonly [origin: number, bytes: Uint8Array]> {
    for (const { buffer, start, end } of this.#known.values()) {
      const origin = start - (start % 8)
      if (origin === start) yield [start, new Uint8Array(buffer, start, end - start)]
      else {
        const bytes = new Uint8Array(end - origin)
        bytes.set(new Uint8Array(buffer, start, end - start), start - origin)
        yield [origin, bytes]
      }
    }
  }

  #keep(buffer: ArrayBuffer, start: number, end: number): number {
    const known = this.#known.get(buffer)
    if (known === undefined) {
      const index = this.#known.size
      this.#known.set(buffer, { index, buffer, start, end })
      return index
    }
    known.start = Math.min(known.start, start)
    known.end = Math.max(known.end, end)
    return known.index
  }
}
