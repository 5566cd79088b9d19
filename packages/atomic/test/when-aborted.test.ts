import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { whenAborted } from "../src/waiting.ts"

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length

test("calls everybody who waits, in their order, behind one listener of the signal", () => {
  const end = new AbortController()
  const called: number[] = []
  for (let index = 0; index < 3; index++) whenAborted(end.signal, () => called.push(index))
  expect(listeners(end.signal)).toBe(1)
  end.abort()
  expect(called).toEqual([0, 1, 2])
  expect(listeners(end.signal)).toBe(0)
})

test("leaves no listener when nobody waits any longer, and makes a new one for whoever comes then", () => {
  const end = new AbortController()
  const called: string[] = []
  const stops = ["one", "other"].map((name) => whenAborted(end.signal, () => called.push(name)))
  stops[0]!()
  expect(listeners(end.signal)).toBe(1)
  stops[1]!()
  stops[1]!()
  expect(listeners(end.signal)).toBe(0)
  whenAborted(end.signal, () => called.push("later"))
  stops[0]!()
  end.abort()
  expect(called).toEqual(["later"])
})

test("does not call who stops waiting while others are called", () => {
  const end = new AbortController()
  const called: string[] = []
  const stops: (() => void)[] = []
  whenAborted(end.signal, () => {
    called.push("first")
    stops[0]!()
  })
  stops.push(whenAborted(end.signal, () => called.push("second")))
  end.abort()
  expect(called).toEqual(["first"])
})

test("is not called for a signal that is aborted already", () => {
  const signal = AbortSignal.abort()
  const called: number[] = []
  whenAborted(signal, () => called.push(1))
  expect(called).toEqual([])
})
