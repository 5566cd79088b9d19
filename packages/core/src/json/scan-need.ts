import type { ResolvedLimits } from "../values/limits.ts"

/**
 * Whether JSON of these bytes could pass a limit, so that it must be scanned before it is parsed.
 * Every bound is a cheap overestimate, so that ordinary files are never scanned.
 */
export function needsScan(bytes: Uint8Array, limits: ResolvedLimits): boolean {
  const { length } = bytes
  const half = (length + 1) / 2
  if (half > limits.nodes || half > limits.arrayLength || length > limits.stringLength) return true
  return half > limits.depth && countOpeners(bytes) > limits.depth
}

/** At least the number of `[` and `{` bytes. Four bytes at a time: a sum of byte-wise zero tests. */
function countOpeners(bytes: Uint8Array): number {
  const start = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + start, (bytes.length - start) >> 2)
  let count = start + ((bytes.length - start) & 3)
  for (let index = 0; index < words.length; index++) {
    const word = (words[index]! & 0xdfdfdfdf) ^ 0x5b5b5b5b
    const zeros = (word - 0x01010101) & ~word & 0x80808080
    if (zeros !== 0) count += Math.imul(zeros >>> 7, 0x01010101) >>> 24
  }
  return count
}
