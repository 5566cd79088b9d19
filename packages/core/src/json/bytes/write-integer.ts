import type { Output } from "./output.ts"

/** The two characters of each number below 100, the first in the lower half. */
const pairs: Uint16Array = Uint16Array.from(
  { length: 100 },
  (_, number) => (48 + Math.floor(number / 10)) | ((48 + (number % 10)) << 8),
)

/** Writes eight digits, zeros in front included; `number` is below 10^8. */
export function writeEight({ view }: Output, number: number, at: number): void {
  const upper = (number / 10_000) | 0
  const lower = number - upper * 10_000
  const first = (upper / 100) | 0
  const third = (lower / 100) | 0
  view.setUint16(at, pairs[first]!, true)
  view.setUint16(at + 2, pairs[upper - first * 100]!, true)
  view.setUint16(at + 4, pairs[third]!, true)
  view.setUint16(at + 6, pairs[lower - third * 100]!, true)
}

/** Writes a whole number from 0 to 2^53. */
export function writeInteger(output: Output, number: number, at: number): number {
  if (number < 0x7fffffff) return writeShort(output, number | 0, at)
  const upper = Math.floor(number / 100_000_000)
  const end = writeShort(output, upper | 0, at)
  writeEight(output, (number - upper * 100_000_000) | 0, end)
  return end + 8
}

function writeShort({ bytes, view }: Output, number: number, at: number): number {
  const end = at + digitsOf(number)
  let place = end
  let rest = number
  while (rest > 9) {
    const upper = (rest / 100) | 0
    place -= 2
    view.setUint16(place, pairs[rest - upper * 100]!, true)
    rest = upper
  }
  if (place > at) bytes[at] = 48 + rest
  return end
}

/** Digits of a whole number below 2^31. */
function digitsOf(number: number): number {
  if (number < 10_000) return number < 100 ? (number < 10 ? 1 : 2) : number < 1000 ? 3 : 4
  if (number < 100_000_000) {
    return number < 1_000_000 ? (number < 100_000 ? 5 : 6) : number < 10_000_000 ? 7 : 8
  }
  return number < 1_000_000_000 ? 9 : 10
}
