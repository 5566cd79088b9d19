import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test, vi } from "vitest"
import { Failures } from "../src/loading/failures.ts"
import { settle } from "./deferred.ts"
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

test("a failure that is over soon ends the time of none that lasts longer", () => {
  const clock = new ManualClock()
  const failures = new Failures<string>(10)
  failures.add("long", "down", 100)
  failures.add("short", "down", 10)
  clock.pass(99)
  expect(failures.lasting(clock)).toBe(true)
  expect(failures.find("long", clock.now())?.error).toBe("down")
})

test("when as many failures are remembered as may be, one more costs no look over those that have gone", () => {
  const walks = [
    vi.spyOn(Map.prototype, Symbol.iterator),
    vi.spyOn(Map.prototype, "entries"),
    vi.spyOn(Map.prototype, "keys"),
    vi.spyOn(Map.prototype, "values"),
  ]
  try {
    const failures = new Failures<number>(1_000)
    for (let key = 0; key < 20_000; key++) failures.add(key, "down", 10)
    expect(failures.size).toBe(1_000)
    const times = walks.reduce((sum, { mock }) => sum + mock.calls.length, 0)
    expect(times).toBeGreaterThan(0)
    expect(times).toBeLessThan(50)
  } finally {
    for (const walk of walks) walk.mockRestore()
  }
})

test("the newest failures are remembered, whatever has failed anew or is forgotten meanwhile", () => {
  const most = 5
  const failures = new Failures<number>(most)
  const model: number[] = []
  const forget = (key: number) => {
    const at = model.indexOf(key)
    if (at >= 0) model.splice(at, 1)
  }
  let state = 7
  for (let step = 0; step < 5_000; step++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const key = (state >>> 8) % 9
    forget(key)
    if (state >>> 30 === 0) failures.delete(key)
    else {
      failures.add(key, step, 10)
      model.push(key)
      if (model.length > most) model.shift()
    }
    if ((state >>> 16) % 100 === 0) {
      failures.clear()
      model.length = 0
    }
    expect([...failures.keys()]).toEqual(model)
  }
})

test("nothing of the failures that were forgotten all at once is retained", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const failures = new Failures<number>(10)
  const errors: WeakRef<Error>[] = []
  for (let key = 0; key < 15; key++) {
    const error = new Error("down")
    errors.push(new WeakRef(error))
    failures.add(key, error, 10)
  }
  failures.clear()
  await settle()
  collect()
  expect(errors.filter((error) => error.deref() !== undefined).length).toBeLessThan(2)
  expect(failures.size).toBe(0)
})
