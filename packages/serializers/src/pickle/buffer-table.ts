import type { Exact } from "./engine.ts"

/** What is kept of one ArrayBuffer. */
interface Kept {
  readonly index: number
  readonly buffer: ArrayBuffer
  start: number
  end: number
  /** The offsets of views, which count from `start` in the end. */
  readonly offsets: Exact[]
}

// Node hands out small Buffers as views of shared blocks of this size, which it marks. `Buffer.poolSize` is not always
// it: Node 26 adds what an aligned beginning needs.
const poolSize = Buffer.allocUnsafe(1).buffer.byteLength

function isPool(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength !== poolSize) return false
  return process.getBuiltinModule("node:worker_threads").isMarkedAsUntransferable(buffer)
}

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
    return Buffer.isBuffer(view) || isPool(buffer)
      ? this.#keep(buffer, byteOffset, byteOffset + byteLength)
      : this.whole(buffer)
  }

  /** Remembers the offset of a view of a buffer; answers whether `parts` may still change it. */
  isOffsetOpen(buffer: ArrayBufferLike, offset: Exact): boolean {
    const { start, offsets } = this.#known.get(buffer)!
    // What is kept from the very beginning can only grow at its end.
    if (start === 0) return false
    offsets.push(offset)
    return true
  }

  /** Makes the offsets count from what is kept, and answers what that is, in the order of the indexes. */
  parts(): Uint8Array[] {
    return [...this.#known.values()].map(({ buffer, start, end, offsets }) => {
      // Views keep their alignment, so up to seven bytes before the first that is seen become zeros.
      const origin = start - (start % 8)
      for (const offset of offsets) offset.value = Number(offset.value) - origin
      if (origin === start) return new Uint8Array(buffer, start, end - start)
      const bytes = new Uint8Array(end - origin)
      bytes.set(new Uint8Array(buffer, start, end - start), start - origin)
      return bytes
    })
  }

  #keep(buffer: ArrayBuffer, start: number, end: number): number {
    const known = this.#known.get(buffer)
    if (known === undefined) {
      const index = this.#known.size
      this.#known.set(buffer, { index, buffer, start, end, offsets: [] })
      return index
    }
    known.start = Math.min(known.start, start)
    known.end = Math.max(known.end, end)
    return known.index
  }
}
