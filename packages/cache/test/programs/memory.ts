import { CacheStorage } from "../../src/index.ts"

// Prints bytes per entry with TTL, what is left after clear, also of the adaptive policy, and the growth over 200,000
// set/evict cycles.
const entries = 100_000
const keys = Array.from({ length: entries }, (_, index) => `key number ${index}`)
// A first round outside of the measurement lets the engine compile.
fill(new CacheStorage<string, boolean>({ maxSize: entries, defaultTtl: "1h" }))
const before = await used()
const cache = new CacheStorage<string, boolean>({ maxSize: entries, defaultTtl: "1h" })
fill(cache)
const full = await used()
const held: WeakRef<object>[] = []
const objects = new CacheStorage<object, object>({ maxSize: 100, defaultTtl: "1h" })
hold()
for (let index = 0; index < 100; index++) cache.get(`absent ${index}`)
objects.clear()
holdCache()
cache.clear()
const cleared = await used()
const adaptive = new CacheStorage<string, boolean>({ maxSize: entries, policy: "tinylfu" })
fill(adaptive)
const watching = await used()
adaptive.clear()
const forgotten = await used()
const cycling = new CacheStorage<string, object>({ maxSize: 1_000, defaultTtl: "1h" })
cycle(100_000)
const warm = await used()
cycle(200_000)
const cycled = await used()
console.log(
  JSON.stringify({
    perEntry: (full - before) / entries,
    retained: cleared - before,
    watched: watching - cleared,
    retainedByAdaptive: forgotten - cleared,
    alive: held.filter((reference) => reference.deref() !== undefined).length,
    growth: cycled - warm,
  }),
)

function hold(): void {
  for (let index = 0; index < 100; index++) {
    const [key, value] = [{ index }, { index }]
    held.push(new WeakRef(key), new WeakRef(value))
    objects.set(key, value)
    // A removal of one keeps nothing either.
    if (index % 2 === 0) objects.delete(key)
  }
}

/** A cache that nobody holds goes, although its expiry is pending. */
function holdCache(): void {
  const cache = new CacheStorage<number, number>({ defaultTtl: "1h" })
  cache.set(1, 1)
  held.push(new WeakRef(cache))
}

function fill(target: CacheStorage<string, boolean>): void {
  for (const key of keys) target.set(key, true)
}

function cycle(count: number): void {
  for (let index = 0; index < count; index++) cycling.set(`cycle ${index}`, { index })
}

/** Bytes in use, after the collector has also given back what it frees in the background. */
async function used(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
