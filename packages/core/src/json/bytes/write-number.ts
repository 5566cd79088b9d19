import { beyond, type Output } from "./output.ts"
import { writeFraction } from "./write-fraction.ts"
import { writeInteger } from "./write-integer.ts"

/** Writes a number that JSON holds; with `hasBigInts`, not an integer that would be read as a BigInt. */
export function writeNumber(
  output: Output,
  value: number,
  at: number,
  hasBigInts: boolean,
): number {
  let start = at
  let number = value
  if (value < 0) {
    output.bytes[start++] = 0x2d
    number = -value
  }
  if ((number | 0) === number || Number.isSafeInteger(number)) {
    if (number === 0 && 1 / number < 0) throw beyond
    return writeInteger(output, number, start)
  }
  const end = writeFraction(output, number, start)
  if (end >= 0) return end
  if (!Number.isFinite(value) || (hasBigInts && Number.isInteger(value))) throw beyond
  return at + output.bytes.write(String(value), at)
}
