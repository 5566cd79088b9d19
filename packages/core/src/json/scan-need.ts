import type { ResolvedLimits } from "../values/limits.ts"

/**
 * Whether JSON of these bytes could pass a limit, so that it must be scanned before it is parsed.
 * Every bound is a cheap overestimate, so that ordinary files are never scanned.
 */
export function needsScan(bytes: Uint8Array, limits: ResolvedLimits): boolean {
  const { length } = bytes
  const half = (length + 1) / 2
  if (length > limits.stringLength) return true
  // Every value but the root stands behind a bracket or a comma.
  const most = Math.min(limits.nodes, limits.arrayLength)
  if (half > most && 1 + countSeparators(bytes) > most) return true
  return half > limits.depth && countOpeners(bytes) > limits.depth
}

/** All but a few bytes at the edges, which are counted as if each was one that is looked for. */
function wholeWords(bytes: Uint8Array): Uint32Array {
  const before = (4 - (bytes.byteOffset & 3)) & 3
  const length = (bytes.length - before) >> 2
  return length > 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset + before, length)
    : new Uint32Array(0)
}

/** At least the number of `[` and `{` bytes. Sixteen bytes at a time: brackets are rare, so a block mostly has none. */
function countOpeners(bytes: Uint8Array): number {
  const words = wholeWords(bytes)
  let count = bytes.length - 4 * words.length
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

/** At least the number of `[`, `{` and comma bytes. A loop of its own: called with one or the other, none is as fast. */
function countSeparators(bytes: Uint8Array): number {
  const words = wholeWords(bytes)
  let count = bytes.length - 4 * words.length
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const found = openersIn(word) | commasIn(word)
    if (found !== 0) count += sum(found)
  }
  return count
}

/** The high bit of every byte that is `[` or `{`, which differ in one bit; now and then of another one too. */
function openersIn(word: number): number {
  const zeroed = (word & 0xdfdfdfdf) ^ 0x5b5b5b5b
  return (zeroed - 0x01010101) & ~zeroed & 0x80808080
}

/** The high bit of every byte that is a comma; now and then of another one too. */
function commasIn(word: number): number {
  const zeroed = word ^ 0x2c2c2c2c
  return (zeroed - 0x01010101) & ~zeroed & 0x80808080
}

/** How many of the four high bits are set. */
function sum(bits: number): number {
  return Math.imul(bits >>> 7, 0x01010101) >>> 24
}
