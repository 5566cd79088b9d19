import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { historyIds, historyIdTime } from "../src/index.ts"

/** Steps of a clock: standing still, going on, being set back. */
const clockSteps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -10_000, max: 10_000 })), {
  minLength: 1,
  maxLength: 50,
  size: "max",
})

describe("historyIds", () => {
  test("strictly increase, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 ** 20 }), clockSteps, (start, steps) => {
        let now = start
        const next = historyIds(() => now)
        let last = ""
        for (const step of steps) {
          now = Math.max(0, now + step)
          const id = next()
          expect(id > last).toBe(true)
          expect(id).toMatch(/^[0-9a-z]{26}$/)
          last = id
        }
      }),
    )
  })

  test("tell their time, the latest that was seen", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.nat(1000), (time, back) => {
        let now = time
        const next = historyIds(() => now)
        expect(historyIdTime(next())).toBe(time)
        now = time - back
        expect(historyIdTime(next())).toBe(time)
      }),
    )
  })

  test("of several sources increase within a millisecond, and those of each always", () => {
    const turns = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: -2, max: 2 })), {
      minLength: 1,
      maxLength: 100,
      size: "max",
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 ** 20 }), turns, (start, steps) => {
        const clocks = [start, start, start]
        const sources = clocks.map((_, index) => historyIds(() => clocks[index]!))
        const own = ["", "", ""]
        const seen = new Set<string>()
        let before = ""
        for (const [index, step] of steps) {
          clocks[index] = Math.max(0, clocks[index]! + step)
          const id = sources[index]!()
          expect(id > own[index]!).toBe(true)
          if (historyIdTime(id) === historyIdTime(before)) expect(id > before).toBe(true)
          expect(seen.has(id)).toBe(false)
          own[index] = before = id
          seen.add(id)
        }
      }),
    )
  })

  test("come behind the id that they are asked for behind, in its millisecond, and never collide there", () => {
    const time = 1_800_000_000_000
    const one = historyIds(() => time)()
    const last = `${one.slice(0, 10)}${"z".repeat(16)}`
    for (const after of [one, last]) {
      for (const clock of [0, time, time - 60_000, time + 2]) {
        const sources = Array.from({ length: 100 }, () => historyIds(() => clock))
        const ids = sources.map((next) => next(after))
        expect(new Set(ids).size).toBe(100)
        for (const id of ids) {
          expect(id > after).toBe(true)
          expect(id).toMatch(/^[0-9a-z]{26}$/)
          expect(historyIdTime(id)).toBe(clock > time ? clock : after === one ? time : time + 1)
        }
        // A clock that was ahead has no say in what comes later.
        for (const next of sources) expect(historyIdTime(next())).toBe(clock)
      }
    }
    expect(historyIdTime(historyIds(() => time)(""))).toBe(time)
  })

  test("of many sources in one millisecond never collide, and never run over", () => {
    const sources = Array.from({ length: 100 }, () => historyIds(() => 0))
    const ids = sources.flatMap((next) => Array.from({ length: 200 }, next))
    expect(new Set(ids).size).toBe(20_000)
    expect(ids.every((id) => historyIdTime(id) === 0)).toBe(true)
  })

  test("take the whole milliseconds of a finer clock", () => {
    expect(historyIdTime(historyIds(() => 1234.9)())).toBe(1234)
    expect(historyIdTime(historyIds(() => -5)())).toBe(0)
  })

  test.each(["", "made up", "0".repeat(25), "0".repeat(27), "I".repeat(26), "../".repeat(9)])(
    "%j is none",
    (id) => {
      expect(historyIdTime(id)).toBeNaN()
    },
  )
})
