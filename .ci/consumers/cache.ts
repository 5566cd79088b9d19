import { CacheStorage, PersistError } from "@persist/cache"

const cache = new CacheStorage<string, number>({ maxSize: 2, defaultTtl: "5m" })
cache.set("one", 1)
cache.set("two", 2)
cache.set("three", 3)
if (cache.get("one") !== undefined) throw new Error("The least recently used entry is still there.")
const three: number | undefined = cache.get("three")
if (three !== 3 || cache.stats.hits !== 1) throw new Error("A hit is not counted.")

// @ts-expect-error Values are numbers.
cache.set("four", "4")

class OwnError extends PersistError {
  override readonly name = "OwnError"
}
const own = new OwnError("ERR_PERSIST_TIMEOUT", "late")
if (own.name !== "OwnError" || !PersistError.is(own))
  throw new Error("A subclass has no name of its own.")
