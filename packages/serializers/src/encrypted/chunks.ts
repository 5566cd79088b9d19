import { createCipheriv, createDecipheriv } from "node:crypto"
import { damagedEnvelope } from "./envelope.ts"

const tagLength = 16
const pieceSize = 2 ** 20
const cipher = "aes-256-gcm"
const options = { authTagLength: tagLength } as const

/**
 * Encrypts `plain` behind `head` in chunks, each with its own tag (the STREAM construction of Hoang,
 * Reyhanitabar, Rogaway and Vizár, 2015): the nonce counts the chunks and marks the last, so that
 * none can be cut off, moved or repeated.
 */
export function encryptChunks(
  head: Uint8Array,
  plain: Uint8Array,
  key: Uint8Array,
  chunkSize: number,
): Uint8Array {
  const count = Math.max(1, Math.ceil(plain.length / chunkSize))
  const result = new Uint8Array(head.length + plain.length + count * tagLength)
  result.set(head)
  let position = head.length
  for (let index = 0; index < count; index++) {
    const chunk = plain.subarray(index * chunkSize, (index + 1) * chunkSize)
    const encryption = createCipheriv(cipher, key, nonce(index, index === count - 1), options)
    update(encryption, chunk, result, position)
    encryption.final()
    result.set(encryption.getAuthTag(), position + chunk.length)
    position += chunk.length + tagLength
  }
  return result
}

/**
 * Undoes `encryptChunks` for the bytes behind the head; nothing of a chunk is used before its tag fits.
 *
 * @throws `ERR_PERSIST_DECODE` for any change.
 */
export function decryptChunks(bytes: Uint8Array, key: Uint8Array, chunkSize: number): Uint8Array {
  const step = chunkSize + tagLength
  const count = Math.max(1, Math.ceil(bytes.length / step))
  const size = bytes.length - count * tagLength
  if (size < 0 || (count > 1 && size <= (count - 1) * chunkSize))
    throw damagedEnvelope("it ends too early")
  const result = new Uint8Array(size)
  for (let index = 0; index < count; index++) {
    const isLast = index === count - 1
    const chunk = bytes.subarray(index * step, isLast ? bytes.length : (index + 1) * step)
    const body = chunk.subarray(0, chunk.length - tagLength)
    const decryption = createDecipheriv(cipher, key, nonce(index, isLast), options)
    decryption.setAuthTag(chunk.subarray(chunk.length - tagLength))
    update(decryption, body, result, index * chunkSize)
    try {
      decryption.final()
    } catch (cause) {
      throw damagedEnvelope(`chunk ${index + 1} of ${count} was changed, moved or cut off`, cause)
    }
  }
  return result
}

/**
 * Passes `input` through the cipher to `position` in `result`, piece by piece. A piece's memory is given
 * back at once instead of when the collector comes to it, and is small enough for the allocator to keep:
 * the next piece finds it still mapped, which is a third of the time of a large file. Smaller pieces
 * measured slower.
 */
function update(
  cipher: { update(data: Uint8Array): Buffer },
  input: Uint8Array,
  result: Uint8Array,
  position: number,
): void {
  for (let start = 0; start < input.length; start += pieceSize) {
    const output = cipher.update(input.subarray(start, start + pieceSize))
    result.set(output, position + start)
    const { buffer, length } = output
    if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
  }
}

/** Eleven bytes that count, one that is 1 for the last chunk. The key is of one file only. */
function nonce(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(index, 5, 6)
  bytes[11] = isLast ? 1 : 0
  return bytes
}
