import { describe, expect, test, vi } from "vitest"
import { CacheStorage, type PolicyName, tinylfu } from "../src/index.ts"
import { FrequencySketch } from "../src/policies/frequency-sketch.ts"
import { hash, mix } from "../src/policies/hash.ts"

/** Hits of get-or-set over `keys`. */
function hits(keys: readonly number[], maxSize: number, policy: PolicyName): number {
  const cache = new CacheStorage<number, true>({ maxSize, policy, defaultTtl: Infinity })
  for (const key of keys) if (cache.get(key) === undefined) cache.set(key, true)
  return cache.stats.hits
}

function textbookLru(keys: readonly number[], size: number): number {
  const held = new Set<number>()
  let found = 0
  for (const key of keys) {
    if (held.delete(key)) found++
    else if (held.size >= size) held.delete(held.values().next().value!)
    held.add(key)
  }
  return found
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const next = random(7)
const keysOf = (length: number, key: (at: number) => number) =>
  Array.from({ length }, (_, at) => key(at))
let newest = 0
const traces: Readonly<Record<string, readonly number[]>> = {
  loop: keysOf(60_000, (at) => at % 700),
  "used twice": keysOf(60_000, (at) => Math.floor(at / 400) * 1_000 + (at % 200)),
  "one and a half loops": keysOf(60_000, (at) => Math.floor(at / 600) * 1_000 + ((at % 600) % 400)),
  popular: keysOf(60_000, () => Math.floor(next() ** 4 * 10_000)),
  recent: keysOf(60_000, () => {
    if (next() < 0.4) return newest++
    return Math.max(0, newest - 1 - Math.floor(-Math.log(1 - next()) * 200))
  }),
  "back and forth": keysOf(60_000, (at) => (at % 960 < 480 ? at % 480 : 479 - (at % 480))),
  scans: keysOf(60_000, (at) => (at % 3_000 < 1_000 ? 1e6 + at : Math.floor(next() ** 3 * 2_000))),
}

describe("eviction policies", () => {
  for (const [name, keys] of Object.entries(traces)) {
    for (const size of [200, 500]) {
      test(`${name}@${size}: LRU is the textbook's, adaptive never 3 points below it`, () => {
        const lru = hits(keys, size, "lru")
        expect(lru).toBe(textbookLru(keys, size))
        const points = (100 * (hits(keys, size, "tinylfu") - lru)) / keys.length
        expect(points).toBeGreaterThanOrEqual(-3)
      })
    }
  }

  for (const size of [1, 2, 3, 5, 10]) {
    test(`adaptive is never 3 points below LRU with room for ${size}`, () => {
      const draw = random(size)
      const recent: number[] = []
      const near = keysOf(20_000, () => {
        const at = Math.floor(-Math.log(1 - draw()) * size)
        const key = at < recent.length && draw() < 0.8 ? recent.splice(at, 1)[0]! : draw()
        recent.unshift(key)
        return key
      })
      const hot = keysOf(20_000, (at) =>
        draw() < 0.8 ? Math.floor(at / (8 * size)) * 1_000 + Math.floor(draw() * size) : -at,
      )
      for (const keys of [near, hot]) {
        const points = (100 * (hits(keys, size, "tinylfu") - hits(keys, size, "lru"))) / keys.length
        expect(points).toBeGreaterThanOrEqual(-3)
      }
    })
  }

  test("adaptive is never 3 points below LRU where all that is used again just fits", () => {
    for (const [begin, part] of [0.93, 0.95, 0.97, 0.98, 0.99, 1].entries()) {
      for (const times of [2, 3]) {
        const length = 1_000 * part
        const keys = keysOf(40_000, (at) => {
          const scan = Math.floor(at / (times * length))
          return begin * 1e6 + scan * length + (at % length)
        })
        const lru = hits(keys, 1_000, "lru")
        const points = (100 * (hits(keys, 1_000, "tinylfu") - lru)) / keys.length
        expect(points, `${times} times ${length}`).toBeGreaterThanOrEqual(-3)
      }
    }
  })

  test("adaptive is never 3 points below LRU where a loop exactly fits a large cache", () => {
    for (const size of [8_000, 12_000, 20_000]) {
      // Two loops, one after the other: what is left of the first must not keep the second out.
      const keys = keysOf(40 * size, (at) => 2e6 + (at % size) + (at < 20 * size ? 0 : 1e6))
      const lru = hits(keys, size, "lru")
      expect(lru).toBe(38 * size)
      const points = (100 * (hits(keys, size, "tinylfu") - lru)) / keys.length
      expect(points, `${size}`).toBeGreaterThanOrEqual(-3)
    }
  })

  for (const policy of ["lru", "sieve", "s3fifo", "tinylfu"] as const) {
    test(`${policy} evicts others for what is set, also where it was there and weighs more now`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const draw = random(seed)
        const most = 5 + Math.floor(draw() * 100)
        const kinds = 2 + Math.floor(draw() * 100)
        const reads = draw() * 0.9
        const cache = new CacheStorage<number, number>({ maxWeight: most, policy })
        for (let at = 0; at < 1_000; at++) {
          const key = Math.floor(draw() ** 2 * kinds)
          if (draw() < reads) {
            cache.get(key)
            continue
          }
          cache.set(key, at, { weight: Math.floor(draw() ** 4 * (most + 1)) })
          expect(cache.peek(key), `seed ${seed}, step ${at}`).toBe(at)
          expect(cache.weight).toBeLessThanOrEqual(most)
        }
      }
    })
  }

  test("adaptive knows how many entries there is room for when weights decide", () => {
    for (const [name, keys] of Object.entries(traces)) {
      const cache = new CacheStorage<number, true>({
        maxSize: Infinity,
        maxWeight: 2_000,
        policy: "tinylfu",
        defaultTtl: Infinity,
      })
      for (const key of keys) if (cache.get(key) === undefined) cache.set(key, true, { weight: 10 })
      const points = (100 * (cache.stats.hits - textbookLru(keys, 200))) / keys.length
      expect(points, name).toBeGreaterThanOrEqual(-3)
    }
  })

  test("adaptive is never 3 points below LRU where much lighter and heavier entries take turns", () => {
    const weigh = (_: unknown, key: number) =>
      1 + Math.round(-20 * Math.log(((mix(key) >>> 0) + 1) / 2 ** 32))
    // Every key comes back once, after so many others as just fit where they are not too heavy.
    const keys = keysOf(60_000, (at) => Math.max(0, at % 2 === 0 ? at / 2 : (at - 1) / 2 - 57))
    const ratio = (policy: PolicyName) => {
      const cache = new CacheStorage<number, true>({ maxWeight: 2_434, weigh, policy })
      for (const key of keys) if (cache.get(key) === undefined) cache.set(key, true)
      return cache.stats.hitRatio
    }
    expect(ratio("lru")).toBeGreaterThan(0.2)
    expect(ratio("tinylfu")).toBeGreaterThan(ratio("lru") - 0.03)
  })

  test("adaptive serves as much of weighted entries where each is written anew as where it is read", () => {
    const weigh = (_: unknown, key: number) => 1 + ((mix(key) >>> 0) % 40)
    const ratio = (writes: boolean) => {
      const cache = new CacheStorage<number, true>({ maxWeight: 10_250, weigh, policy: "tinylfu" })
      let found = 0
      for (const key of keysOf(60_000, (at) => at % 600)) {
        if (cache.has(key)) found++
        if (writes || cache.get(key) === undefined) cache.set(key, true)
      }
      return found / 60_000
    }
    expect(ratio(false)).toBeGreaterThan(0.6)
    expect(ratio(true)).toBeGreaterThan(ratio(false) - 0.03)
  })

  test("adaptive serves more of popular keys with scans where a few entries are much heavier", () => {
    const weigh = (_: unknown, key: number) => ((mix(key) >>> 0) % 20 === 0 ? 300 : 5)
    const draw = random(45)
    const keys = keysOf(40_000, (at) => (at % 100 < 20 ? 1e6 + at : Math.floor(draw() ** 3 * 150)))
    const ratio = (policy: PolicyName) => {
      const cache = new CacheStorage<number, true>({ maxWeight: 1_000, weigh, policy })
      for (const key of keys) if (cache.get(key) === undefined) cache.set(key, true)
      return cache.stats.hitRatio
    }
    expect(ratio("tinylfu")).toBeGreaterThan(ratio("lru") + 0.03)
  })

  test("adaptive keeps most of a loop that LRU loses entirely", () => {
    expect(hits(traces.loop!, 500, "lru")).toBe(0)
    expect(hits(traces.loop!, 500, "tinylfu") / 60_000).toBeGreaterThan(0.6)
  })

  test("S3-FIFO walks through the keys that it remembers once for about as many evictions", () => {
    const walks = vi.spyOn(Set.prototype, Symbol.iterator)
    try {
      const keys = keysOf(20_000, (at) => at)
      expect(hits(keys, 1_000, "s3fifo")).toBe(0)
      expect(walks.mock.calls.length).toBeLessThan(50)
    } finally {
      walks.mockRestore()
    }
  })

  test("SIEVE and S3-FIFO resist scans better than LRU", () => {
    const lru = hits(traces.scans!, 500, "lru")
    expect(hits(traces.scans!, 500, "sieve")).toBeGreaterThan(lru)
    expect(hits(traces.scans!, 500, "s3fifo")).toBeGreaterThan(lru)
  })

  test("a policy is chosen by name or as an import; an unknown name is refused", () => {
    expect(new CacheStorage({ policy: tinylfu }).size).toBe(0)
    expect(() => new CacheStorage({ policy: "mru" as never })).toThrow(
      expect.objectContaining({
        code: "ERR_PERSIST_INVALID_OPTION",
        message: expect.stringContaining("s3fifo"),
      }),
    )
    expect(() => new CacheStorage({ policy: "constructor" as never })).toThrow(/constructor/)
  })

  test("equal keys hash alike, others apart", () => {
    const object = {}
    const keys = [
      "a",
      "b",
      "ab",
      1,
      "1",
      2 ** 40,
      0.5,
      true,
      null,
      undefined,
      1n,
      object,
      {},
      Symbol("s"),
    ]
    expect(keys.map(hash)).toEqual(keys.map(hash))
    expect(new Set(keys.map(hash)).size).toBe(keys.length)
    expect(hash(-0)).toBe(hash(0))
  })

  test("the sketch counts, up to 15, and forgets with time", () => {
    const sketch = new FrequencySketch(100)
    for (let time = 0; time < 20; time++) sketch.increment(hash("often"))
    expect(sketch.frequency(hash("often"))).toBe(15)
    expect(sketch.frequency(hash("never"))).toBeLessThan(3)
    for (let other = 0; other < 3_000; other++) sketch.increment(hash(`other ${other}`))
    expect(sketch.frequency(hash("often"))).toBeLessThan(15)
  })
})
