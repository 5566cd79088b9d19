import { describe, expect, test } from "vitest"
import { CoreCache } from "../src/core.ts"
import { tinylfu } from "../src/policies/tinylfu.ts"

describe("CoreCache", () => {
  test("keeps, expires, evicts, counts and walks, and leaves weights to CacheStorage", () => {
    let now = 0
    const cache = new CoreCache<string, number>({ maxSize: 2, clock: () => now })
    cache.set("a", 1).set("b", 2, { ttl: 10 }).set("c", 3)
    expect([...cache.keys()]).toEqual(["c", "b"])
    expect(() => new CoreCache({ maxWeight: 10 } as object)).toThrow(/unknown option "maxWeight"/)
    now = 10
    expect(cache.size).toBe(1)
    expect([...cache]).toEqual([["c", 3]])
    expect(cache.delete("c")).toBe(true)
    expect(cache.stats).toMatchObject({ sets: 3, evictions: 1, expirations: 1, size: 0 })
  })

  test("takes an imported policy, and names the import when given a name", () => {
    const cache = new CoreCache<number, number>({ maxSize: 10, policy: tinylfu })
    for (let key = 0; key < 100; key++) cache.set(key, key)
    expect(cache.size).toBe(10)
    expect(() => new CoreCache({ policy: "tinylfu" as never })).toThrow(/@persist\/cache\/tinylfu/)
  })
})
