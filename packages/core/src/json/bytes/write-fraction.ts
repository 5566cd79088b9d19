import type { Output } from "./output.ts"
import { writeEight } from "./write-integer.ts"

// The shortest decimal that reads back as the same double, and the closest of those (ECMA-262, Number::toString), by
// exact arithmetic on doubles alone. A number x of the order 10^t is multiplied by 10^(16 - t), which is a double for
// exponents up to 22, and the product, of 17 digits, is had exactly as the sum of two doubles (Dekker, "A
// floating-point technique for extending the available precision", 1971). Half a unit in the last place, multiplied
// alike, says how far a decimal may lie from it: at most 11.2, so it is the nearest multiple of 100, of 10, or of 1.
// Rounding in what follows stays below 10^-7; where a decision is closer than that, the engine prints the number.

/** The least binary exponent in the tables, and how many there are: about 10^-6 to 10^16. */
const smallest = -20
const exponents = 74
/** Below this difference nothing is decided here. */
const tooClose = 1e-6

/** Made on first use: programs that save little need not wait for it. */
class Tables {
  /** The powers of ten that are doubles, and their halves. */
  readonly powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
  readonly high = this.powers.map(upperHalf)
  readonly low = this.powers.map((power, exponent) => power - this.high[exponent]!)
  /** The decimal order of 2^exponent. */
  readonly orders = Int8Array.from({ length: exponents }, (_, index) =>
    Number((2 ** (index + smallest)).toExponential().split("e")[1]),
  )
  /** The first number of the next order. */
  readonly nextOrders = Float64Array.from(this.orders, (order) => Number(`1e${order + 1}`))
  /** Half a unit in the last place. */
  readonly halves = Float64Array.from(this.orders, (_, index) => 2 ** (index + smallest - 53))
}

let tables: Tables | undefined

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const [lower, upper] = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0]

/** Writes a positive number with a fraction, as `String` does, and says where the next byte goes; -1 where the engine must do it. */
export function writeFraction(output: Output, number: number, at: number): number {
  tables ??= new Tables()
  const { powers, orders } = tables
  double[0] = number
  const top = words[upper]!
  const index = (top >>> 20) - 1023 - smallest
  // Below a power of two doubles lie closer than above.
  if (index < 0 || index >= exponents || (words[lower] === 0 && (top & 0xfffff) === 0)) return -1
  const order = orders[index]! + (number >= tables.nextOrders[index]! ? 1 : 0)
  const exponent = 16 - order
  if (exponent < 0 || exponent > 22) return -1

  const power = powers[exponent]!
  const product = number * power
  const high = upperHalf(number)
  const low = number - high
  const powerHigh = tables.high[exponent]!
  const powerLow = tables.low[exponent]!
  const error = high * powerHigh - product + high * powerLow + low * powerHigh + low * powerLow
  let first = Math.floor(product / 1e8)
  let rest = product - first * 1e8 + error
  if (rest < 0) {
    first--
    rest += 1e8
  }
  let last = nearest(rest, tables.halves[index]! * power)
  if (last >= 1e8) {
    last -= 1e8
    first++
  }
  return last < 0 || first < 1e8 || first >= 1e9 ? -1 : put(output, order, first | 0, last | 0, at)
}

/** The roundest whole number within `reach` of `number`, the closest of those; negative where that is too close to call. */
function nearest(number: number, reach: number): number {
  const hundreds = Math.floor(number / 100 + 0.5) * 100
  const overHundreds = Math.abs(hundreds - number) - reach
  if (overHundreds < tooClose) return overHundreds > -tooClose ? -1 : hundreds
  const tens = Math.floor(number / 10 + 0.5) * 10
  const fromTens = Math.abs(tens - number)
  if (fromTens - reach < tooClose) {
    return fromTens - reach > -tooClose || fromTens > 5 - tooClose ? -1 : tens
  }
  const ones = Math.floor(number + 0.5)
  return Math.abs(ones - number) > 0.5 - tooClose ? -1 : ones
}

/** Writes the digits of `first` (9) and `last` (8), the point, and no zeros behind. */
function put(output: Output, order: number, first: number, last: number, at: number): number {
  const { bytes } = output
  const from = order < 0 ? at + 1 - order : at + 1
  const leading = (first / 100_000_000) | 0
  bytes[from] = 48 + leading
  writeEight(output, first - leading * 100_000_000, from + 1)
  let end = from + 8
  if (last !== 0) {
    writeEight(output, last, from + 9)
    end = from + 16
  }
  while (bytes[end] === 48) end--
  if (order < 0) {
    bytes[at] = 48
    bytes[at + 1] = 46
    for (let place = at + 2; place < from; place++) bytes[place] = 48
  } else {
    if (end <= from + order) return -1
    for (let place = at; place <= at + order; place++) bytes[place] = bytes[place + 1]!
    bytes[at + order + 1] = 46
  }
  return end + 1
}

/** The upper 26 bits of a double (Veltkamp's splitting). */
function upperHalf(number: number): number {
  const scaled = 134_217_729 * number
  return scaled - (scaled - number)
}
