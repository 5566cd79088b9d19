import { describe, expect, test } from "vitest"
import { isLinearizable, type Observed } from "../src/conformance/linearizable.ts"

type Value = number | undefined
const write = (began: number, ended: number, value: number): Observed<Value> => ({
  ...{ began, ended },
  apply: () => ({ fits: true, next: value }),
})
const read = (began: number, ended: number, seen: Value): Observed<Value> => ({
  ...{ began, ended },
  apply: (state) => ({ fits: state === seen, next: state }),
})

describe("isLinearizable", () => {
  test("accepts what some order explains", () => {
    expect(isLinearizable([], undefined)).toBe(true)
    expect(isLinearizable([write(0, 1, 1), read(2, 3, 1)], undefined)).toBe(true)
    // At the same time, either order will do.
    expect(isLinearizable([write(0, 3, 1), read(1, 2, undefined)], undefined)).toBe(true)
    expect(isLinearizable([write(0, 3, 1), read(1, 2, 1)], undefined)).toBe(true)
    expect(isLinearizable([write(0, 5, 1), write(0, 5, 2), read(6, 7, 1)], undefined)).toBe(true)
  })

  test("refuses what no order explains", () => {
    // A read after a write that does not see it.
    expect(isLinearizable([write(0, 1, 1), read(2, 3, undefined)], undefined)).toBe(false)
    // A read that goes back.
    const back = [write(0, 9, 1), read(1, 2, 1), read(3, 4, undefined)]
    expect(isLinearizable(back, undefined)).toBe(false)
    // A value from nowhere.
    expect(isLinearizable([read(0, 1, 5)], undefined)).toBe(false)
    // Two readers who see two writes in different orders.
    const split = [write(0, 9, 1), write(0, 9, 2), read(1, 2, 1), read(3, 4, 2), read(5, 6, 1)]
    expect(isLinearizable(split, undefined)).toBe(false)
  })
})
