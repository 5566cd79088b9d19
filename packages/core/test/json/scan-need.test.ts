import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { JsonScanner } from "../../src/json/json-scanner.ts"
import { needsScan } from "../../src/json/scan-need.ts"
import { resolveLimits } from "../../src/values/limits.ts"

const limit = fc.integer({ min: 0, max: 40 })
const limits = fc.record({ nodes: limit, arrayLength: limit, depth: limit })

function isWithin(text: string, allowed: ReturnType<typeof resolveLimits>): boolean {
  try {
    new JsonScanner(text, { lenient: false, bigints: false, limits: allowed }).scan()
    return true
  } catch {
    return false
  }
}

describe("needsScan", () => {
  test("never lets a text pass that is beyond a limit, wherever its bytes begin", () => {
    const text = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 2))
    fc.assert(
      fc.property(text, limits, fc.nat(7), ([value, indent], some, offset) => {
        const written = JSON.stringify(value, undefined, indent)
        const allowed = resolveLimits(some)
        const bytes = Buffer.concat([Buffer.alloc(offset, ","), Buffer.from(written)])
        const needed = needsScan(new Uint8Array(bytes).subarray(offset), allowed)
        expect(needed || isWithin(written, allowed)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(["", "1", "[]", "[1]"])("reads %j wherever it begins", (text) => {
    for (let offset = 0; offset < 8; offset++) {
      const bytes = new Uint8Array(Buffer.from(" ".repeat(offset) + text)).subarray(offset)
      expect(needsScan(bytes, resolveLimits({ depth: 0 }))).toBe(text !== "")
    }
  })

  test("is not asked of an ordinary text that has more bytes than it may have values", () => {
    const records = Array.from({ length: 100 }, (_, id) => ({ id, name: `name ${id}`, tags: [1] }))
    const bytes = Buffer.from(JSON.stringify(records, undefined, 2))
    const values = 1 + 100 * 5
    expect(needsScan(bytes, resolveLimits({ nodes: values + 10 }))).toBe(false)
    expect(needsScan(bytes, resolveLimits({ nodes: values - 1 }))).toBe(true)
  })
})
