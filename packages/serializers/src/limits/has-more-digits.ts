/** Whether an integer has more than `most` decimal digits. It is only converted where its length leaves that open. */
export function hasMoreDigits(value: bigint, most: number): boolean {
  // Every integer of 64 bits has 20 at most.
  if (most >= 20 && BigInt.asIntN(65, value) === value) return false
  const magnitude = value < 0n ? -value : value
  const bits = magnitude.toString(16).length * 4
  if (Math.floor(bits * Math.LOG10E * Math.LN2) + 1 <= most) return false
  if (Math.floor((bits - 4) * Math.LOG10E * Math.LN2) > most) return true
  return magnitude.toString().length > most
}
