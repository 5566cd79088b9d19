import { expect, test } from "vitest"
import { isExplained, type Step } from "../torture/histories/linearize.ts"

/** An operation on a register: at what time, what it writes, what it reads. */
function step(
  [began, ended]: readonly [number, number],
  apply: Step<number>["apply"],
  parts: Partial<Step<number>> = {},
): Step<number> {
  return { name: "", began, ended, isOptional: false, after: [], apply, ...parts }
}
const write = (value: number) => () => value
const read = (value: number) => (state: number) => (state === value ? state : undefined)
const never = Number.POSITIVE_INFINITY
const judge = (...steps: Step<number>[]) => isExplained(steps, 0, String)

test("an order explains what overlaps, and nothing that came too late or too early", () => {
  expect(judge(step([0, 3], write(1)), step([1, 2], read(0)))).toBe(true)
  expect(judge(step([0, 3], write(1)), step([1, 2], read(1)))).toBe(true)
  expect(judge(step([0, 1], write(1)), step([2, 3], read(0)))).toBe(false)
  expect(judge(step([0, 1], read(1)), step([2, 3], write(1)))).toBe(false)
})

test("what has failed may have happened, also much later, or not, but once", () => {
  const lost = step([0, never], write(1), { isOptional: true })
  expect(judge(lost, step([1, 2], read(0)), step([3, 4], read(1)))).toBe(true)
  expect(judge(lost, step([1, 2], read(0)), step([3, 4], read(0)))).toBe(true)
  expect(judge(lost, step([1, 2], read(1)), step([3, 4], read(0)))).toBe(false)
  const over = step([3, 4], write(2))
  expect(judge(lost, step([1, 2], read(1)), over, step([5, 6], read(1)))).toBe(false)
})

test("what was asked for earlier comes earlier, or not at all", () => {
  const first = step([0, 9], write(1))
  const second = step([1, 9], write(2), { after: [first] })
  expect(judge(first, second, step([10, 11], read(2)))).toBe(true)
  expect(judge(first, second, step([10, 11], read(1)))).toBe(false)
  const lost = step([0, never], write(1), { isOptional: true })
  const next = step([1, 2], write(2), { after: [lost] })
  expect(judge(lost, next, step([3, 4], read(1)))).toBe(false)
})
