/**
 * Decodes a few bytes of UTF-8 that are not all ASCII; undefined when they are no UTF-8. To ask the engine
 * costs more than to decode so little.
 */
export function shortText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const units: number[] = []
  let position = start
  // A byte that continues another begins with the bits 10: what it should have, it has not after this.
  let excess = 0
  const continued = (): number => {
    const bits = position < end ? bytes[position++]! ^ 0x80 : 0x40
    excess |= bits
    return bits
  }
  while (position < end) {
    const first = bytes[position++]!
    if (first < 0x80) units.push(first)
    else if (first < 0xe0) {
      if (first < 0xc2) return undefined
      units.push(((first & 0x1f) << 6) | continued())
    } else if (first < 0xf0) {
      const code = ((first & 0x0f) << 12) | (continued() << 6) | continued()
      if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return undefined
      units.push(code)
    } else {
      const code = ((first & 0x0f) << 18) | (continued() << 12) | (continued() << 6) | continued()
      if (code < 0x10000 || code > 0x10ffff) return undefined
      units.push(0xd800 | ((code - 0x10000) >> 10), 0xdc00 | (code & 0x3ff))
    }
  }
  return excess < 0x40 ? String.fromCharCode.apply(undefined, units) : undefined
}
