const digitsPerBit = Math.LOG10E * Math.LN2

/**
 * Whether an integer has more than `most` decimal digits. It is written out in decimal only where its length in
 * hexadecimal leaves that open.
 */
export function hasMoreDigits(value: bigint, most: number): boolean {
  // Every integer of 64 bits has 20 at most.
  if (most >= 20 && BigInt.asIntN(65, value) === value) return false
  const magnitude = value < 0n ? -value : value
  const bits = magnitude.toString(16).length * 4
  if (Math.floor(bits * digitsPerBit) + 1 <= most) return false
  if (Math.floor((bits - 4) * digitsPerBit) > most) return true
  return magnitude.toString().length > most
}
