import { afterEach, beforeAll, expect, test, vi } from "vitest"
import type * as Gate from "../src/writing/update-gate.ts"

const limits = { timeout: 60_000, signal: undefined }
let enterUpdate: typeof Gate.enterUpdate
let gotFurther: typeof Gate.gotFurther
const inside: { value: string; leave: () => void }[] = []

function enter(value: string): Promise<void> {
  return enterUpdate(value, limits).then((leave) => {
    inside.push({ value, leave })
  })
}

function leaveFirst(): void {
  inside.shift()!.leave()
}

beforeAll(async () => {
  // It keeps the timers that it finds.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const gate = await import("../src/writing/update-gate.ts")
  enterUpdate = gate.enterUpdate
  gotFurther = gate.gotFurther
  return () => vi.useRealTimers()
})

afterEach(() => {
  while (inside.length > 0) leaveFirst()
})

test("every place that an update leaves goes to another value, however many wait for each", async () => {
  await Promise.all(Array.from({ length: 256 }, (_, index) => enter(`first ${index}`)))
  const waiting = Array.from({ length: 440 }, (_, index) => enter(`next ${Math.floor(index / 10)}`))
  await Promise.resolve()
  expect(inside).toHaveLength(256)
  for (let left = 0; left < 44; left++) leaveFirst()
  await new Promise((resolve) => setImmediate(resolve))
  const values = new Set(inside.map(({ value }) => value))
  expect(values.size).toBe(256)
  expect(values.has("next 43")).toBe(true)
  for (let left = 0; left < 212; left++) leaveFirst()
  await Promise.all(waiting)
})

test("where none ends, ever more are let in, and never all at once", async () => {
  const all = Array.from({ length: 1_000 }, (_, index) => enter(`${index}`))
  const grown: number[] = []
  const second = async () => {
    await vi.advanceTimersByTimeAsync(1_000)
    grown.push(inside.length)
  }
  for (let round = 0; round < 3; round++) await second()
  // These wait for nobody, but leave no room.
  for (let left = 0; left < 16; left++) inside.pop()!.leave()
  for (let round = 0; round < 4; round++) await second()
  expect(grown).toEqual([272, 304, 368, 480, 736, 984, 984])
  await Promise.all(all)
})

test("where there is room again, few are let in at the next standstill", async () => {
  const all = Array.from({ length: 1_000 }, (_, index) => enter(`${index}`))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(inside).toHaveLength(368)
  for (let left = 0; left < 113; left++) leaveFirst()
  await vi.advanceTimersByTimeAsync(0)
  expect(inside).toHaveLength(256)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(inside).toHaveLength(272)
  await vi.advanceTimersByTimeAsync(7_000)
  await Promise.all(all)
})

test("none are let in while those inside get further, though none of them ends", async () => {
  const all = Array.from({ length: 600 }, (_, index) => enter(`${index}`))
  for (let step = 0; step < 20; step++) {
    await vi.advanceTimersByTimeAsync(600)
    gotFurther()
  }
  expect(inside).toHaveLength(256)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(inside).toHaveLength(272)
  await vi.advanceTimersByTimeAsync(7_000)
  await Promise.all(all)
})

test("one look is not enough, which comes before what a process did not hear while it was stopped", async () => {
  const all = Array.from({ length: 300 }, (_, index) => enter(`${index}`))
  await vi.advanceTimersToNextTimerAsync()
  expect(inside).toHaveLength(256)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(inside).toHaveLength(272)
  await vi.advanceTimersByTimeAsync(1_000)
  await Promise.all(all)
})

test("of a crowd whose time is over no more go in than others leave files for", async () => {
  const first = Array.from({ length: 256 }, (_, index) => enter(`first ${index}`))
  let refused = 0
  const crowd = Array.from({ length: 2_000 }, async (_, index) => {
    try {
      const leave = await enterUpdate(`${index}`, { ...limits, timeout: 400 }, `key ${index}`)
      inside.push({ value: "", leave })
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_PERSIST_TIMEOUT", key: `key ${index}` })
      expect((error as Error).message).toContain(`Updating "key ${index}" waited 400 ms`)
      refused++
    }
  })
  await vi.advanceTimersByTimeAsync(400)
  await Promise.all([...first, ...crowd])
  expect([inside.length, refused]).toEqual([512, 1_744])
})
