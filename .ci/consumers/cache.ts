import { CacheStorage } from "@persist/cache"

const cache = new CacheStorage<string, number>({ maxSize: 2, defaultTtl: "5m" })
cache.set("one", 1)
cache.set("two", 2)
cache.set("three", 3)
if (cache.get("one") !== undefined) throw new Error("The least recently used entry is still there.")
const three: number | undefined = cache.get("three")
if (three !== 3 || cache.stats.hits !== 1) throw new Error("A hit is not counted.")

// @ts-expect-error Values are numbers.
cache.set("four", "4")
