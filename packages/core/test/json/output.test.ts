import { describe, expect, test } from "vitest"
import { JsonEncoder } from "../../src/json/bytes/json-encoder.ts"
import { Output, spareSize } from "../../src/json/bytes/output.ts"
import { resolveLimits } from "../../src/values/limits.ts"

const most = 2 ** 30
const read = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

describe("Output", () => {
  test("keeps one small buffer for the next value, and no large one", () => {
    const small = Output.open(10, most)
    small.close()
    const large = Output.open(spareSize, most)
    expect(large).not.toBe(small)
    large.room(spareSize, 1)
    large.close()
    const again = Output.open(spareSize - 1, most)
    expect(again).toBe(small)
    expect(Output.open(10, most)).not.toBe(again)
  })

  test("gives what it grew to away, and holds nothing of it", () => {
    const output = Output.open(10, most)
    output.room(spareSize, 1)
    output.bytes[0] = 7
    const taken = output.take(2 * spareSize)
    output.close()
    expect(taken[0]).toBe(7)
    expect(output.bytes.length).toBe(0)
  })

  test("is not shared by encoders that write at once, one from a getter of the other's value", () => {
    const limits = resolveLimits({})
    const outer = new JsonEncoder("", limits, false)
    const inner = new JsonEncoder(" ", limits, false)
    outer.encode(1)
    const value = {
      a: "before",
      get b() {
        return read(inner.encode(["x".repeat(100)])).length
      },
    }
    expect(read(outer.encode([value]))).toBe('[{"a":"before","b":107}]')
  })
})
