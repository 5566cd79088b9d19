import { expect, test } from "vitest"
import { tortureOptions } from "../torture-options.ts"

test("seconds and a seed are read, and the flags of one torture", () => {
  const args = ["--seconds", "0.5", "--seed", "7", "--kills=3"]
  expect(tortureOptions(["kills"], args)).toEqual({ seconds: 0.5, seed: 7, counts: { kills: 3 } })
})

test("what nobody said is left to the torture, the seed to the clock", () => {
  const { seconds, seed, counts } = tortureOptions(["kills"], [])
  expect(seconds).toBe(undefined)
  expect(Number.isSafeInteger(seed)).toBe(true)
  expect(counts).toEqual({})
})

test.each([
  ["--kills", "3"],
  ["--seconds", "long"],
  ["--seconds", "-1"],
  ["--seed", "1.5"],
  ["--seed"],
  ["60"],
])("%s %s is refused", (...args) => {
  expect(() => tortureOptions([], args)).toThrow()
})
