import { CacheStorage } from "@persist/cache"
import { RedisInvalidationBus, RedisStorage } from "../../src/index.ts"

// A process with a near cache of its own: it does what its parent tells it, and answers.
const [url] = process.argv.slice(2)
const bus = new RedisInvalidationBus({ url: url!, staleAfter: "20s" })
const tier = new RedisStorage({ url: url!, prefix: "tier" })
const cache = new CacheStorage<string, number>({ tier, bus })

process.on("message", async ([name, ...args]: [string, ...unknown[]]) => {
  const method = cache[name as "get"] as (...args: unknown[]) => unknown
  const answer = await method.apply(cache, args)
  process.send!([answer === cache ? null : answer])
})
process.on("disconnect", () => process.exit())
// What is cached before the bus is connected is forgotten then.
const stop = bus.subscribe(
  () => {},
  () => {
    stop()
    process.send!([])
  },
)
