import { afterEach, expect, test, vi } from "vitest"

afterEach(() => {
  vi.restoreAllMocks()
})

test("changes wait again where the program lives on though its exit was announced", async () => {
  vi.resetModules()
  const { flushedQueue, isAtExit } = await import("../../src/writing/exit-flush.ts")
  const listening = vi.spyOn(process, "on")
  flushedQueue()
  const [, announceExit] = listening.mock.calls.find(([event]) => String(event) === "exit")!
  process.off("exit", announceExit)
  expect(isAtExit()).toBe(false)
  for (let time = 0; time < 2; time++) {
    announceExit(0)
    await Promise.resolve()
    expect(isAtExit()).toBe(true)
    await new Promise(setImmediate)
    expect(isAtExit()).toBe(false)
  }
})
