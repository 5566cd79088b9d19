import { CacheStorage } from "../../src/index.ts"

const cache = new CacheStorage<number, number>({ maxSize: 1_000, defaultTtl: "1h" })
for (let key = 0; key < 5_000; key++) cache.set(key, key)
cache.set(1, 1, { ttl: "30d" })
console.log(`full: ${cache.size}`)
