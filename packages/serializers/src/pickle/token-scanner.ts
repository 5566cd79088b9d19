import { isUtf8 } from "node:buffer"
import { PersistError } from "@persist/core"
import { limitError, type ResolvedLimits } from "@persist/core/values"

/** A run of whole tokens. */
export interface TokenRun {
  readonly count: number
  readonly end: number
  /** Which strings of the run, counted from 0, begin with a byte order mark that msgpackr would drop. */
  readonly marked: readonly number[] | undefined
}

// A boxed symbol whose key has lone surrogates is the deepest token: [15, [4, [2, bytes]]].
const deepest = 4
// A tag and the operands of a view; what is longer is a list of keys, each of which has a value.
const mostOperands = 5
// A run ends with the token that brings it beyond this, so that what is unpacked at once stays small.
const valuesInRun = 4096
// msgpackr decodes longer strings with a TextDecoder, which takes a byte order mark off.
const longestInPlace = 64

/**
 * Passes over tokens without building any of them, so that msgpackr only ever unpacks what is whole, plain
 * and within the limits: no extension, no map, no length beyond the bytes.
 */
export class TokenScanner {
  readonly bytes: Buffer
  readonly limits: ResolvedLimits

  constructor(bytes: Uint8Array, limits: ResolvedLimits) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.limits = limits
  }

  /**
   * The next run from `start`, of at most `most` tokens; `checksText` refuses strings that are not UTF-8.
   * Hot path, every byte that is no text or data: one loop, and lengths in place. What is read beyond the
   * end counts as 0, and the end is checked once for every value.
   */
  run(start: number, most: number, checksText = false): TokenRun {
    const { bytes } = this
    const { length } = bytes
    const outer: number[] = []
    let marked: number[] | undefined
    let position = start
    let left = most
    let values = 0
    let strings = 0
    for (;;) {
      while (left === 0 && outer.length > 0) left = outer.pop()!
      if (outer.length === 0 && (left === 0 || position >= length || values > valuesInRun)) break
      if (position >= length) throw this.ends()
      left--
      values++
      const type = bytes[position++]!
      let size = sizes[type]!
      if (size < 0) {
        const width = -size
        size = type >= 0x90 && type < 0xc0 ? type & (type < 0xa0 ? 0x0f : 0x1f) : 0
        if (width === inHeader) {
          // An array or a string whose length is in the first byte.
        } else if (width === 1) size = bytes[position] ?? 0
        else if (width === 2) size = (bytes[position]! << 8) | bytes[position + 1]!
        else if (width === 4)
          size =
            ((bytes[position]! << 24) |
              (bytes[position + 1]! << 16) |
              (bytes[position + 2]! << 8) |
              bytes[position + 3]!) >>>
            0
        else throw this.damaged(`0x${type.toString(16)} begins no token`, position - 1)
        if (width !== inHeader) position += width
        if (type === 0xdc || type === 0xdd || type < 0xa0) {
          if (size > length - position) throw this.ends()
          if (size > mostOperands && size > this.limits.nodes) throw this.#nodes(position)
          if (outer.length === deepest)
            throw this.damaged("a token has too many levels", position - 1)
          outer.push(left)
          left = size
          continue
        }
        if (type < 0xc0 || type > 0xc6) {
          if (checksText && !isUtf8(bytes.subarray(position, position + size)))
            throw this.damaged("a string is not UTF-8", position)
          if (size > longestInPlace && bytes[position] === 0xef) {
            if (bytes[position + 1] === 0xbb && bytes[position + 2] === 0xbf) {
              marked ??= []
              marked.push(strings)
            }
          }
          strings++
        }
      }
      position += size
      if (position > length) throw this.ends()
    }
    return { count: most - left, end: position, marked }
  }

  ends(): PersistError {
    return this.damaged("it ends too early", this.bytes.length)
  }

  damaged(problem: string, offset: number): PersistError {
    return new PersistError("ERR_PERSIST_DECODE", `Not a pickle: ${problem} (byte ${offset}).`, {
      details: { offset },
    })
  }

  #nodes(position: number): PersistError {
    return limitError("nodes", this.limits, `The pickle at byte ${position}`)
  }
}

// What follows a first byte: so many bytes; or, below 0, a length in so many bytes, or in the first byte itself.
const inHeader = 8
const impossible = 16
const followers: Readonly<Record<number, number>> = {
  192: 0,
  194: 0,
  195: 0,
  196: -1,
  197: -2,
  198: -4,
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
  217: -1,
  218: -2,
  219: -4,
  220: -2,
  221: -4,
}
const sizes = Int8Array.from({ length: 256 }, (_, type) => {
  if (type <= 0x80 || type === 0x90 || type >= 0xe0) return 0
  if (type < 0x90) return -impossible
  return type < 0xc0 ? -inHeader : (followers[type] ?? -impossible)
})
