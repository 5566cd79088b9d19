import { expect, test } from "vitest"
import { Failures } from "../src/loading/failures.ts"
import { ManualClock } from "./manual-clock.ts"

test("what is remembered of failures is not looked through whenever one of them is over", () => {
  const count = 100_000
  const failures = new Failures<number>(count)
  const clock = new ManualClock()
  const timed = (act: (key: number) => void) => {
    const began = performance.now()
    for (let key = 0; key < count; key++) act(key)
    return performance.now() - began
  }
  const adding = timed((key) => failures.add(key, "down", clock.now() + 10))
  let lasting = 0
  const leaving = timed((key) => {
    failures.delete(key)
    if (failures.lasting(clock)) lasting++
  })
  expect(lasting).toBe(count - 1)
  expect(leaving).toBeLessThan(adding * 10)
})

test("how long failures are remembered begins anew where none is left", () => {
  const failures = new Failures<string>(10)
  const clock = new ManualClock()
  failures.add("long", "down", clock.now() + 1_000)
  failures.delete("long")
  failures.add("short", "down", clock.now() + 10)
  clock.pass(9)
  expect(failures.lasting(clock)).toBe(true)
  clock.pass(1)
  expect(failures.lasting(clock)).toBe(false)
})
