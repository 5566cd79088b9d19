import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test, vi } from "vitest"
import { JsonSerializer } from "../../src/index.ts"
import { JsonEncoder } from "../../src/json/bytes/json-encoder.ts"
import { resolveLimits } from "../../src/values/limits.ts"

const read = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

/** Calls `run` at every depth of the stack, from its end up; whatever it throws is no matter. */
function atTheEndOfTheStack(run: () => unknown): void {
  try {
    atTheEndOfTheStack(run)
  } catch {
    // Here it ends.
  }
  try {
    run()
  } catch {
    // So does this.
  }
}

test("an encoder whose stack ended writes the right keys afterwards, and is not taken for busy", () => {
  const encoder = new JsonEncoder("  ", resolveLimits({}), false)
  for (let round = 0; round < 10; round++) {
    const value = { [`key${round}`]: 1 }
    // Seen once; it is learned the next time.
    encoder.encode(value)
    const call = round % 2 === 0 ? (run: () => void) => run() : (run: () => void) => [0].map(run)
    call(() => atTheEndOfTheStack(() => encoder.encode(value)))
    expect(read(encoder.encode(value))).toBe(JSON.stringify(value, undefined, 2))
  }
})

test("an encoder that got no memory answers nothing, and works when there is some", () => {
  const encoder = new JsonEncoder("", resolveLimits({}), false)
  encoder.encode("x".repeat(1_000_000))
  vi.stubGlobal(
    "ArrayBuffer",
    class {
      constructor() {
        throw new RangeError("Array buffer allocation failed")
      }
    },
  )
  try {
    expect(encoder.encode([1])).toBe(undefined)
  } finally {
    vi.unstubAllGlobals()
  }
  expect(read(encoder.encode([1]))).toBe("[1]")
})

test("a serializer keeps nothing of a large value", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const serializer = new JsonSerializer()
  serializer.encode("x".repeat(2 ** 23))
  collect()
  const before = process.memoryUsage().arrayBuffers
  expect(serializer.encode("x".repeat(2 ** 25)).length).toBe(2 ** 25 + 2)
  const held = () => process.memoryUsage().arrayBuffers - before
  // What was collected is given back beside the program, on a busy machine some turns later.
  for (let turn = 0; turn < 100 && held() >= 2 ** 24; turn++) {
    collect()
    await setImmediate()
  }
  expect(held()).toBeLessThan(2 ** 24)
  expect(serializer.encode(1).length).toBe(1)
})

test("too large a value is refused the same however much was written before", async () => {
  vi.resetModules()
  const fresh = (await import("../../src/index.ts")).JsonSerializer
  const refusal = (value: unknown, bytes: number) => {
    try {
      new fresh({ limits: { bytes } }).encode(value)
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }
  const values = [[1, "x".repeat(100)], { é: "é".repeat(30) }, [["a"], { b: "x".repeat(200_000) }]]
  const refusals = () => values.flatMap((value) => [refusal(value, 50), refusal(value, 150_000)])
  const cold = refusals()
  new fresh().encode("x".repeat(2 ** 23))
  expect(refusals()).toEqual(cold)
  expect(cold[0]).toContain("$: more than limits.bytes (50)")
})
