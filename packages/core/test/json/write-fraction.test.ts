import fc from "fast-check"
import { expect, test } from "vitest"
import { Output } from "../../src/json/bytes/output.ts"
import { writeFraction } from "../../src/json/bytes/write-fraction.ts"
import { writeInteger } from "../../src/json/bytes/write-integer.ts"

const output = Output.open(0, 2 ** 20)

/** What was written from `at` on; nothing where the engine must do it. */
function written(write: typeof writeFraction, number: number, at = 7): string | undefined {
  const end = write(output, number, at)
  return end < 0 ? undefined : output.bytes.toString("latin1", at, end)
}

const double = new Float64Array(1)
const bits = new BigInt64Array(double.buffer)

/** The double that many places further. */
function neighbour(number: number, steps: number): number {
  double[0] = number
  bits[0]! += BigInt(steps)
  return double[0]
}

const fraction = fc
  .oneof(
    fc.double({ min: 1e-7, max: 1e17, noNaN: true }),
    // As many come from measuring and counting: some digits, some of them behind the point.
    fc.tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 22 })).map(([n, k]) => n / 10 ** k),
    fc.tuple(fc.maxSafeNat(), fc.nat(60)).map(([n, k]) => n / 2 ** k),
    // Around the orders of ten, where the number of digits changes, and around powers of two.
    fc
      .tuple(fc.integer({ min: -7, max: 17 }), fc.integer({ min: -40, max: 40 }))
      .map(([exponent, steps]) => neighbour(Number(`1e${exponent}`), steps)),
    fc
      .tuple(fc.integer({ min: -24, max: 55 }), fc.integer({ min: -40, max: 40 }))
      .map(([exponent, steps]) => neighbour(2 ** exponent, steps)),
    // Two decimals that are equally near or nearly so.
    fc
      .tuple(fc.bigInt({ min: 10n ** 15n, max: 10n ** 17n }), fc.integer({ min: 1, max: 22 }))
      .map(([digits, exponent]) => Number(`${digits}5e-${exponent}`)),
  )
  .filter((number) => number > 0 && !Number.isInteger(number))

test("a fraction is written as the engine writes it, or left to it", () => {
  fc.assert(
    fc.property(fraction, (number) => {
      expect([String(number), undefined]).toContain(written(writeFraction, number))
    }),
    { numRuns: 20_000 },
  )
})

test("all but a few fractions of the usual size are written here", () => {
  let left = 0
  const numbers = fc.sample(fc.double({ min: 1e-5, max: 1e15, noNaN: true }), 2000)
  for (const number of numbers.filter((one) => one >= 1e-5 && !Number.isInteger(one))) {
    if (written(writeFraction, number) === undefined) left++
  }
  for (let index = 0; index < 20_000; index++) {
    const number = index / 1000 + 0.000_123
    expect(written(writeFraction, number)).toBe(String(number))
  }
  expect(left).toBeLessThan(200)
})

test("a whole number is written as the engine writes it", () => {
  const edges = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)
  const around = [...edges, 2 ** 31, 2 ** 32, 2 ** 53 - 1].flatMap((edge) => [edge - 1, edge])
  for (const number of around) expect(written(writeInteger, number)).toBe(String(number))
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(53), (number, shift) => {
      const smaller = Math.floor(number / 2 ** shift)
      expect(written(writeInteger, smaller)).toBe(String(smaller))
    }),
    { numRuns: 2000 },
  )
})
