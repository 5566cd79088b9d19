import { BentoCache, bentostore } from "bentocache"
import { memoryDriver } from "bentocache/drivers/memory"
import { CacheStorage } from "../../packages/cache/dist/index.js"
import { RedisInvalidationBus } from "../../packages/redis/dist/index.js"
import { type Comparison, compare } from "../measure.ts"
import { flood, operations } from "./in-flight.ts"
import type { Payload, Subjects } from "./subjects.ts"

/** A hit in memory, in front of Redis and told of what others change. */
export async function nearCacheComparison(
  url: string,
  { bare, ours }: Subjects,
  value: (index: number) => Payload,
): Promise<Comparison> {
  const key = (index: number) => `key-${index % 1000}`
  await using bus = new RedisInvalidationBus({ url })
  const cache = new CacheStorage<string, Payload>({ maxSize: 10_000, tier: ours, bus })
  const bento = new BentoCache({
    default: "near",
    stores: { near: bentostore().useL1Layer(memoryDriver({ maxItems: 10_000 })) },
  })
  const load = (index: number) => () => value(index)
  for (let index = 0; index < 1000; index++) {
    await cache.getOrSet(key(index), load(index))
    await bento.set({ key: key(index), value: value(index) })
  }
  const compared = await compare(
    "near-cache hit",
    {
      name: "CacheStorage.getOrSet over RedisStorage",
      run: () => flood((index) => cache.getOrSet(key(index), load(index))),
    },
    [
      {
        name: "node-redis, bare GET",
        target: 0.2,
        run: () => flood((index) => bare.get(key(index))),
      },
      {
        name: "bentocache, first tier alone",
        run: () =>
          flood((index) => bento.getOrSet({ key: key(index), factory: load(index), ttl: "1h" })),
      },
    ],
    { operations },
  )
  await cache.close()
  await bento.disconnectAll()
  return compared
}
