import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { CacheStorage } from "../src/index.ts"
import { internals } from "./model/internals.ts"

const second = 1_000

describe("the real clock, of which one reading may serve a burst", () => {
  /** What the clock says, how far each reading moves it, and how often it was read. */
  let time = 0
  let step = 0
  let readings = 0

  beforeEach(() => {
    time = 1_000_000
    step = 0.01
    vi.spyOn(performance, "now").mockImplementation(() => {
      readings++
      time += step
      return time
    })
  })
  afterEach(() => vi.restoreAllMocks())

  const make = (ttl: number) =>
    new CacheStorage<string, number>({ defaultTtl: ttl }).set("long", 1, { ttl: "1h" })

  /** Enough look-ups to begin a burst. */
  function burst(cache: CacheStorage<string, number>): void {
    for (let done = 0; done < 1_000; done++) cache.get("long")
  }

  test("is read every 256th time", () => {
    const cache = make(20 * second)
    burst(cache)
    readings = 0
    for (let done = 0; done < 25_600; done++) cache.get("long")
    expect(readings).toBe(100)
    for (let done = 0; done < 25_600; done++) cache.set("long", done)
    expect(readings).toBeGreaterThanOrEqual(199)
    expect(readings).toBeLessThanOrEqual(201)
  })

  test("judges what was less than five seconds from its deadline by a reading of its own", () => {
    const cache = make(4.9 * second).set("short", 1)
    burst(cache)
    expect(cache.get("short")).toBe(1)
    time += 4.9 * second
    expect(cache.get("short")).toBeUndefined()
  })

  test("serves what expired in a block of the event loop for no more than 255 look-ups", () => {
    const cache = make(6 * second).set("mid", 1)
    burst(cache)
    time += 6 * second
    let served = 0
    while (cache.get("mid") !== undefined) served++
    expect(served).toBeGreaterThan(0)
    expect(served).toBeLessThanOrEqual(255)
  })

  test("serves it for none once the event loop has turned", async () => {
    const cache = make(6 * second).set("mid", 1)
    burst(cache)
    time += 6 * second
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(cache.get("mid")).toBeUndefined()
  })

  test("makes no lifetime longer that is set in a burst", () => {
    const cache = make(6 * second)
    burst(cache)
    cache.set("mid", 1)
    time += 6 * second
    expect(cache.has("mid")).toBe(false)
  })

  test("tells the timer anew of what is set after clear in a burst", () => {
    const cache = make(6 * second)
    burst(cache)
    for (let key = 0; key < 300; key++) cache.set(`before ${key}`, key)
    cache.clear()
    cache.set("mid", 1)
    time += 6 * second
    expect(cache.size).toBe(0)
  })

  for (const [title, gap, count] of [
    ["stands still", 0, 1_000],
    ["is read less than every two milliseconds", 2, 1_000],
    ["was read no more than 63 times in a row", 0.01, 60],
  ] as const) {
    test(`is no burst where it ${title}`, () => {
      const cache = make(60 * second)
      step = 10
      cache.set("mid", 1)
      step = gap
      for (let done = 0; done < count; done++) cache.get("long")
      time += 60 * second
      expect(cache.get("mid")).toBeUndefined()
    })
  }

  test("ends a burst where it was read late", () => {
    const cache = make(60 * second).set("mid", 1)
    burst(cache)
    step = 3
    expect(cache.has("mid")).toBe(true)
    time += 60 * second
    expect(cache.get("mid")).toBeUndefined()
    expect(internals(cache).index.has("mid")).toBe(false)
  })
})
