import { describe, expect, test } from "vitest"
import {
  CacheStorage,
  type CacheStorageOptions,
  type LoadOptions,
  PersistError,
} from "../src/index.ts"
import { settle } from "./deferred.ts"
import { ManualClock } from "./manual-clock.ts"

type Cache = CacheStorage<string, number>

const refusal = expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" })

function filled(options: CacheStorageOptions<string, number> = {}): Cache {
  return new CacheStorage<string, number>({ clock: new ManualClock(), ...options }).set("held", 1)
}

/** Runs `work` and returns what was thrown uncaught meanwhile. */
async function uncaughtDuring(work: () => unknown): Promise<unknown[]> {
  const uncaught: unknown[] = []
  const others = process.listeners("uncaughtException")
  process.removeAllListeners("uncaughtException")
  process.on("uncaughtException", (error) => uncaught.push(error))
  try {
    await work()
    await settle()
    await settle()
  } finally {
    process.removeAllListeners("uncaughtException")
    for (const other of others) process.on("uncaughtException", other)
  }
  return uncaught
}

describe("CacheStorage refuses by name", () => {
  const calls: Record<string, (cache: Cache) => unknown> = {
    "a list for options": () => new CacheStorage([] as never),
    "a clock whose schedule is no function": () =>
      new CacheStorage({ clock: { now: () => 1, schedule: 5 as never } }),
    "a clock whose wallTime is no function": () =>
      new CacheStorage({ clock: { now: () => 1, wallTime: 5 as never } }),
    "a policy in a list": () => new CacheStorage({ policy: ["lru"] as never }),
    "a weight of null": (cache) => cache.set("a", 1, { weight: null as never }),
    "a tag instead of a list of them": (cache) => cache.set("a", 1, { tags: "red" as never }),
    "no list of sizes": (cache) => cache.whatIf({ sizes: 5 as never }),
    "an empty list of sizes": (cache) => cache.whatIf({ sizes: [] }),
    "a size of nothing": (cache) => cache.whatIf({ sizes: [100, 0] }),
    "a size of one and a half": (cache) => cache.whatIf({ sizes: [1.5] }),
    "a policy instead of a list of them": (cache) => cache.whatIf({ policies: "lru" as never }),
    "a misspelt option of whatIf": (cache) => cache.whatIf({ size: [1] } as never),
    "a sample of more than all": (cache) => cache.whatIf({ sampleRate: 1.5 }),
    "a sample of nothing": (cache) => cache.whatIf({ sampleRate: 0 }),
    "a sample rate that is no number": (cache) => cache.whatIf({ sampleRate: "0.5" as never }),
    "options of null for memoize": (cache) => cache.memoize(async () => 1, null as never),
    "keys that are none for getMany": (cache) => cache.getMany(5 as never),
    "keys that are none for getOrSetMany": (cache) => cache.getOrSetMany(5 as never, () => []),
    "entries that are none for setMany": (cache) => cache.setMany(undefined as never),
    "entries that are none for restore": (cache) => cache.restore(null as never),
  }
  for (const [what, call] of Object.entries(calls)) {
    test(what, async () => {
      const cache = filled({ maxWeight: 100 })
      await expect(async () => call(cache)).rejects.toEqual(refusal)
      expect([...cache.keys()]).toEqual(["held"])
    })
  }

  test("load options of other types, before anything is loaded", async () => {
    const cache = filled()
    const half = { aborted: false, addEventListener: () => {} }
    for (const options of [
      { signal: half },
      { signal: { ...half, removeEventListener: () => {}, aborted: "no" } },
      { earlyRefresh: "1" },
      { force: "yes" },
    ] as unknown as LoadOptions[]) {
      const load = () => {
        throw new Error("must not load")
      }
      expect(() => cache.getOrSet("a", load, options)).toThrow(refusal)
    }
  })
})

describe("CacheStorage.setMany", () => {
  test("stores all or nothing: a bad pair, weight or lifetime changes nothing", () => {
    const asked: string[] = []
    const cache = filled({
      maxWeight: 100,
      weigh: (value, key) => {
        asked.push(key)
        return value
      },
      expiry: (value) => (value === 13 ? ("soon" as "5m") : "1m"),
    })
    asked.length = 0
    for (const bad of [null, 5, "ab", {}, ["b", -1], ["b", 13]]) {
      expect(() => cache.setMany([["a", 1], bad as never])).toThrow(refusal)
      expect([...cache.entries()]).toEqual([["held", 1]])
    }
    expect(() => cache.setMany([["a", 1]], { ttl: "later" as never })).toThrow(refusal)
    expect(cache.has("a")).toBe(false)

    asked.length = 0
    cache.setMany(new Map(Object.entries({ a: 2, b: 3 })), { tags: ["t"] })
    expect([cache.weight, cache.stats.sets]).toEqual([6, 3])
    expect(asked).toEqual(["a", "b"])
    expect(cache.dump().map(({ key, weight, tags }) => [key, weight, tags])).toEqual([
      ["held", 1, undefined],
      ["a", 2, ["t"]],
      ["b", 3, ["t"]],
    ])
  })
})

describe("CacheStorage.restore", () => {
  test("passes over what is no entry or damaged, says so, and takes in the rest", () => {
    const damaged = [
      null,
      5,
      {},
      { key: "b", value: 1, weight: "5" },
      { key: "b", value: 1, tags: "abc" },
      { key: "b", value: 1, tags: [1] },
      { key: "b", value: 1, idleTtl: -1 },
    ]
    const over = [
      { key: "b", value: 1, expiresAt: "x" },
      { key: "b", value: 1, staleUntil: "x" },
      { key: "b", value: 1, idleTtl: 5, usedAt: "x" },
    ]
    for (const entry of [...damaged, ...over]) {
      const errors: unknown[] = []
      const cache = filled({ maxWeight: 100, onError: (error) => errors.push(error) })
      const entries = [{ key: "a", value: 1 }, entry, { key: "c", value: 1 }]
      expect(cache.restore(entries as never), JSON.stringify(entry)).toBe(2)
      expect([...cache.keys()]).toEqual(["c", "a", "held"])
      expect(errors).toEqual(over.includes(entry as never) ? [] : [refusal])
    }
    expect(filled().restore([null as never])).toBe(0)
  })

  test("takes null for what is left out, as JSON says Infinity", () => {
    const entry = { key: "a", value: 1, expiresAt: null, idleTtl: null, tags: null, weight: null }
    const cache = filled({ maxWeight: 100 })
    expect(cache.restore([entry as never])).toBe(1)
    expect([cache.get("a"), cache.weight]).toEqual([1, 2])
  })
})

describe("An onError that throws", () => {
  const onError = () => {
    throw new Error("from onError")
  }

  test("loses no removal and fails no operation", async () => {
    const removed: string[] = []
    const cache = filled({
      onRemoval: (key) => {
        removed.push(key)
        throw new Error("from onRemoval")
      },
      onError,
    })
    const uncaught = await uncaughtDuring(() => cache.set("a", 1).clear())
    expect(removed.sort()).toEqual(["a", "held"])
    expect(uncaught.map(String)).toEqual(["Error: from onError", "Error: from onError"])
  })

  test("lets nobody wait for ever for a load that failed in the background", async () => {
    const clock = new ManualClock()
    const cache = filled({ clock, defaultTtl: 10, onError })
    const options = { staleWhileRevalidate: 1000 }
    await cache.getOrSet("a", async () => 1, options)
    clock.pass(20)
    const uncaught = await uncaughtDuring(async () => {
      const failing = async () => {
        throw new Error("no value")
      }
      expect(await cache.getOrSet("a", failing, options)).toBe(1)
    })
    expect(uncaught).toHaveLength(1)
    expect(await cache.getOrSet("a", async () => 2, { force: true })).toBe(2)
  })

  test("lets a tier that fails cost its help only", async () => {
    const down = () => {
      throw new Error("tier down")
    }
    const tier = { load: down, save: () => {}, delete: () => {} }
    const cache = filled({ tier, onError })
    const uncaught = await uncaughtDuring(async () => {
      expect(await cache.getOrSet("a", async () => 2)).toBe(2)
    })
    expect(uncaught.length).toBeGreaterThan(0)
  })
})

test("a name that keyOf makes and that is no string is told as that", async () => {
  const errors: unknown[] = []
  const store = { load: () => {}, save: () => {}, delete: () => {} }
  const tier = { store, keyOf: () => 5 as never }
  const cache = new CacheStorage<string, number>({ tier, onError: (error) => errors.push(error) })
  cache.set("a", 1)
  await cache.flush()
  expect(errors.map((error) => PersistError.is(error, "ERR_PERSIST_INVALID_OPTION"))).toEqual([
    true,
  ])
})
