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

/** At least the number of `[` and `{` bytes. Sixteen bytes at a time: brackets are rare, so a block mostly has none. */
function countOpeners(bytes: Uint8Array): number {
  const start = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + start, (bytes.length - start) >> 2)
  let count = start + ((bytes.length - start) & 3)
  let index = 0
  for (; index + 4 <= words.length; index += 4) {
    const a = openersIn(words[index]!)
    const b = openersIn(words[index + 1]!)
    const c = openersIn(words[index + 2]!)
    const d = openersIn(words[index + 3]!)
    if ((a | b | c | d) !== 0) count += sum(a) + sum(b) + sum(c) + sum(d)
  }
  for (; index < words.length; index++) count += sum(openersIn(words[index]!))
  return count
}

/** The high bit of every byte that is `[` or `{`, which differ in one bit; now and then of another one too. */
function openersIn(word: number): number {
  const zeroed = (word & 0xdfdfdfdf) ^ 0x5b5b5b5b
  return (zeroed - 0x01010101) & ~zeroed & 0x80808080
}

/** How many of the four high bits are set. */
function sum(bits: number): number {
  return Math.imul(bits >>> 7, 0x01010101) >>> 24
}
