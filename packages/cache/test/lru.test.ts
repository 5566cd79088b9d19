import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { mostEntries } from "../src/cache-options.ts"
import { CacheStorage } from "../src/index.ts"
import { lru } from "../src/policies/lru.ts"
import { Simulator } from "../src/policies/simulator.ts"

/** The textbook: a `Map` that every use puts at the end. */
class Textbook {
  readonly held = new Map<number, number>()
  readonly #size: number

  constructor(size: number) {
    this.#size = size
  }

  get(key: number): number | undefined {
    const value = this.held.get(key)
    if (value !== undefined) this.#touch(key, value)
    return value
  }

  set(key: number, value: number): void {
    if (!this.held.has(key) && this.held.size === this.#size) {
      this.held.delete(this.held.keys().next().value!)
    }
    this.#touch(key, value)
  }

  #touch(key: number, value: number): void {
    this.held.delete(key)
    this.held.set(key, value)
  }
}

/** The counters that a cache keeps time with; `left` uses before time begins anew. */
function nearTheEndOfTime(cache: CacheStorage<number, number>, left: number): void {
  const counters = cache as unknown as { hits: number; age: number; furtherUses: number }
  const passing = Math.max(0, 0x3fff0000 - left - counters.hits - counters.age)
  counters.age += passing
  counters.furtherUses += passing
}

describe("exact LRU", () => {
  // Bursts of hits between evictions make the line sparse: times then lie far apart and are sorted.
  const step = fc.oneof(
    fc.record({ kind: fc.constant("get" as const), key: fc.nat(29), times: fc.nat(400) }),
    fc.record({ kind: fc.constant("set" as const), key: fc.nat(29), times: fc.constant(1) }),
    fc.record({ kind: fc.constant("delete" as const), key: fc.nat(29), times: fc.constant(1) }),
    fc.record({ kind: fc.constant("age" as const), key: fc.nat(29), times: fc.constant(1) }),
  )

  for (const left of [undefined, 0, 700] as const) {
    const when = left === undefined ? "" : `, ${left} uses before its time begins anew`
    test(`holds what the textbook holds, in its order${when}`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 20 }),
          fc.array(step, { maxLength: 120, size: "max" }),
          (size, steps) => {
            const cache = new CacheStorage<number, number>({ maxSize: size, defaultTtl: Infinity })
            const textbook = new Textbook(size)
            if (left !== undefined) nearTheEndOfTime(cache, left)
            let sets = 0
            for (const { kind, key, times } of steps) {
              for (let time = 0; time < times; time++) {
                if (kind === "age") nearTheEndOfTime(cache, key * 40)
                else if (kind === "get") expect(cache.get(key)).toBe(textbook.get(key))
                else if (kind === "delete")
                  expect(cache.delete(key)).toBe(textbook.held.delete(key))
                else {
                  cache.set(key, ++sets)
                  textbook.set(key, sets)
                }
              }
            }
            expect([...cache.entries()]).toEqual([...textbook.held].reverse())
            expect(cache.stats.sets).toBe(sets)
          },
        ),
        { seed: 1, numRuns: 60 },
      )
    })
  }

  test("a cache that has evicted and been read for long goes on evicting in order when time begins anew", () => {
    for (const counted of ["hits", "age"] as const) {
      const cache = new CacheStorage<number, number>({ maxSize: 3, defaultTtl: Infinity })
      const counters = cache as unknown as { hits: number; age: number; furtherUses: number }
      for (let key = 0; key < 10; key++) cache.set(key, key)
      // Half of its time, a line of that time, and the other half.
      for (let half = 0; half < 2; half++) {
        counters[counted] += 0x1fff8000
        if (counted === "age") counters.furtherUses += 0x1fff8000
        for (const key of [9, 8, 7]) cache.get(key)
        cache.set(10 + half, 0)
        cache.set(9 - half, 0)
        for (const key of [9, 8]) cache.set(key, 0)
        cache.set(7, 0)
      }
      for (let time = 0; time < 1_000; time++) cache.get(8)
      expect(counters.hits + counters.age).toBeLessThan(10_000)
      expect([...cache.keys()]).toEqual([8, 7, 9])
      for (let key = 20; key < 1_020; key++) cache.set(key, key)
      expect([...cache.keys()]).toEqual([1_019, 1_018, 1_017])
    }
  })

  test("time does not go back when the counters do", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 3, defaultTtl: Infinity })
    for (const key of [1, 2, 3]) cache.set(key, key)
    for (let time = 0; time < 10; time++) cache.get(1)
    cache.resetStats()
    expect(cache.stats).toMatchObject({ hits: 0, misses: 0, sets: 0, evictions: 0 })
    cache.get(2)
    for (const key of [4, 5]) cache.set(key, key)
    expect([...cache.keys()]).toEqual([5, 4, 2])
    expect(cache.stats).toMatchObject({ hits: 1, misses: 0, sets: 2, evictions: 2 })
  })

  test("a simulated cache goes on in order when its time begins anew", () => {
    for (let left = 0; left < 12; left++) {
      const [aged, young] = [new Simulator<number>(lru, 3), new Simulator<number>(lru, 3)]
      for (let time = 0; time < 400; time++) {
        if (time === 20) aged.time = 0x3fffffff - left
        const key = (time * time) % 7
        expect(aged.access(key), `${left} left, access ${time}`).toBe(young.access(key))
      }
      expect(aged.time).toBeLessThan(1_000)
    }
  })

  test("time begins anew wherever in a line it ends", () => {
    // As many entries as there are uses between two looks at the time: a line every time just before it is looked at.
    for (let shift = 0; shift < 256; shift++) {
      const cache = new CacheStorage<number, number>({ maxSize: 255, defaultTtl: Infinity })
      for (let key = 0; key < 255; key++) cache.set(key, key)
      nearTheEndOfTime(cache, 100 + shift)
      for (let key = 255; key < 1_300; key++) cache.set(key, key)
      expect((cache as unknown as { age: number }).age, `shifted by ${shift}`).toBeLessThan(10_000)
    }
  })

  test("time begins anew also where what is gone at once is set whenever it would be looked at", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 3, defaultTtl: Infinity })
    const counters = cache as unknown as { age: number }
    cache.set(0, 0)
    nearTheEndOfTime(cache, 100)
    for (let turn = 0; turn < 2_000; turn++) {
      if ((counters.age + 1) % 256 === 0) cache.set(-1, 0, { ttl: 0 })
      else cache.set(turn % 3, turn)
    }
    expect(counters.age).toBeLessThan(10_000)
    expect([...cache.keys()]).toEqual([1, 0, 2])
  })

  test("time does begin anew, and counts on", () => {
    const cache = new CacheStorage<number, number>({ maxSize: 3, defaultTtl: Infinity })
    for (const key of [1, 2, 3]) cache.set(key, key)
    nearTheEndOfTime(cache, 10)
    for (let time = 0; time < 1_000; time++) cache.get(2)
    expect((cache as unknown as { age: number }).age).toBeLessThan(1_000)
    expect([...cache.keys()]).toEqual([2, 3, 1])
    cache.set(4, 4)
    expect([...cache.keys()]).toEqual([4, 2, 3])
    expect(cache.stats).toMatchObject({ hits: 1_000, sets: 4, evictions: 1 })
  })

  test("the highest slot that there can be is in the line, whether it is dense or sparse", () => {
    const highest = mostEntries
    for (const now of [10, 1_000]) {
      const links = new Int32Array((highest + 1) * 4)
      const index = new Map([1, highest, 2].map((slot) => [slot, slot] as const))
      let time = 0
      for (const slot of index.values()) links[slot << 2] = ++time
      const table = { links, index, slotKeys: [], capacity: highest + 1, tick: () => now }
      expect(lru(table, highest).order(), `at ${now}`).toEqual([2, highest, 1])
    }
  })
})
