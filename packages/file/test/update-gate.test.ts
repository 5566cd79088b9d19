import { afterEach, expect, test } from "vitest"
import { enterUpdate } from "../src/writing/update-gate.ts"

const limits = { timeout: 60_000, signal: undefined }
const inside: { value: string; leave: () => void }[] = []

function enter(value: string): Promise<void> {
  return enterUpdate(value, limits).then((leave) => {
    inside.push({ value, leave })
  })
}

function leaveFirst(): void {
  inside.shift()!.leave()
}

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
