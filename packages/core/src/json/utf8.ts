import { isUtf8 } from "node:buffer"
import { PersistError } from "@persist/atomic"
import { longestTextError } from "../values/limits.ts"

const decoder = new TextDecoder("utf-8", { fatal: true })

const encoder = new TextEncoder()

/** Encodes as UTF-8, into a buffer of its own. Buffer is twice as fast, but shares its pool for short text. */
export function encodeUtf8(text: string): Uint8Array {
  if (text.length < 100_000) return encoder.encode(text)
  const { buffer, byteOffset, length } = Buffer.from(text)
  return new Uint8Array(buffer, byteOffset, length)
}

/**
 * Decodes UTF-8, without a byte order mark.
 *
 * @throws `ERR_PERSIST_DECODE` that names the first bad byte, `ERR_PERSIST_LIMIT` for text that no string holds.
 */
export function decodeUtf8(bytes: Uint8Array, format: string): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    if (isUtf8(bytes)) throw longestTextError(`${format} of ${bytes.length} bytes`)
    const offset = firstInvalid(bytes)
    throw new PersistError(
      "ERR_PERSIST_DECODE",
      `Not ${format}: byte ${offset} (0x${bytes[offset]?.toString(16)}) is not UTF-8.`,
      { cause, details: { offset } },
    )
  }
}

/** The longest valid prefix ends here: found by halving, with the decoder in its streaming mode. */
function firstInvalid(bytes: Uint8Array): number {
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isValidPrefix(bytes.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  return Math.min(low, bytes.length - 1)
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
