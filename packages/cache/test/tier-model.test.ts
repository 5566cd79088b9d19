import fc from "fast-check"
import { expect, test } from "vitest"
import { CacheStorage, type TierStore } from "../src/index.ts"
import { ManualClock } from "./manual-clock.ts"

const seed = Number(process.env.SEED ?? 20261126)

type Cache = CacheStorage<string, number>

// Few keys and tags, so that operations meet; what carries tags has no stale time, as each expiry of a tag begins it anew.
const key = fc.constantFrom("a", "b", "c", "d")
const tag = fc.constantFrom("red", "blue")
const lifetime = fc.constantFrom(10, 100, Number.POSITIVE_INFINITY)
const traits = fc.oneof(
  fc.record({ ttl: lifetime, tags: fc.uniqueArray(tag, { minLength: 1 }) }),
  fc.record({ ttl: lifetime, staleTtl: fc.constantFrom(0, 20, 200) }),
)

/** What is done to both caches; each gives what a caller sees of it. */
const step = fc.oneof(
  fc.tuple(key, fc.nat(), traits).map(
    ([name, value, options]) =>
      (cache: Cache) =>
        void cache.set(name, value, options),
  ),
  fc.tuple(key, fc.nat(), lifetime, fc.uniqueArray(tag)).map(
    ([name, value, ttl, tags]) =>
      (cache: Cache) =>
        cache.getOrSet(name, async () => value, { ttl, tags }),
  ),
  key.map((name) => (cache: Cache) => {
    const load = () => Promise.reject(new Error("down"))
    return Promise.resolve(cache.getOrSet(name, load, { staleIfError: 100 })).catch(String)
  }),
  key.map((name) => (cache: Cache) => cache.fetch(name)),
  key.map((name) => (cache: Cache) => void cache.delete(name)),
  tag.map((name) => (cache: Cache) => cache.deleteTag(name)),
  tag.map((name) => (cache: Cache) => cache.expireTag(name)),
  fc.constant((cache: Cache) => cache.clear()),
)
const pause = fc.constantFrom(0, 0, 0, 1, 9, 90)

function jsonStore(): TierStore {
  const texts = new Map<string, string>()
  return {
    load: async (name) => {
      const text = texts.get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    save: async (name, value) => void texts.set(name, JSON.stringify(value)),
    delete: async (name) => texts.delete(name),
  }
}

test("a small cache before a tier, and one that comes later, answer as one that forgets nothing", async () => {
  const run = async (steps: [(cache: Cache) => unknown, number][], maxSize: number) => {
    const clock = new ManualClock()
    const tier = jsonStore()
    const make = (size: number, options: { tier?: TierStore }) =>
      new CacheStorage<string, number>({ clock, maxSize: size, ...options })
    const roomy = make(100, {})
    const small = make(maxSize, { tier })
    for (const [act, milliseconds] of steps) {
      const expected = await act(roomy)
      expect(await act(small)).toEqual(expected)
      await small.flush()
      clock.pass(milliseconds)
    }
    const later = make(100, { tier })
    for (const name of ["a", "b", "c", "d"]) {
      expect(await later.fetch(name), name).toBe(await roomy.fetch(name))
    }
  }
  const programs = fc.array(fc.tuple(step, pause), { minLength: 5, maxLength: 40 })
  await fc.assert(fc.asyncProperty(programs, fc.integer({ min: 1, max: 4 }), run), {
    seed,
    numRuns: 500,
  })
})
