import { storageConformance } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startCluster } from "./support/redis-cluster.ts"
import { startSentinel } from "./support/redis-sentinel.ts"
import { serverClock } from "./support/server-clock.ts"

/** Runs the contract's suite on servers that `start` makes. */
function describeContract(
  name: string,
  start: () => Promise<{ place: RedisStorageOptions; stop(): Promise<void> }>,
): void {
  describeRedis(name, () => {
    let servers: Awaited<ReturnType<typeof start>>
    let count = 0
    const prefixes = new WeakMap<RedisStorage, string>()

    beforeAll(async () => {
      servers = await start()
    })
    afterAll(() => servers?.stop())

    const open = (prefix: string, options: RedisStorageOptions) => {
      const storage = new RedisStorage({ ...servers.place, prefix, ...options })
      prefixes.set(storage, prefix)
      return storage
    }
    storageConformance<RedisStorage>(
      // They wait for the server's clock more than for anything else.
      { describe: describe.concurrent, test },
      {
        name,
        clock: serverClock,
        open: (options) => open(`c${++count}`, options),
        reopen: (storage, options) => open(prefixes.get(storage)!, options),
      },
    )
  })
}

describeContract("RedisStorage on a cluster", async () => {
  const cluster = await startCluster()
  return { place: { cluster: cluster.urls }, stop: () => cluster.stop() }
})

describeContract("RedisStorage with sentinels", async () => {
  const set = await startSentinel()
  const nodes = set.sentinels.map(({ url }) => url)
  return { place: { sentinel: { name: set.name, nodes } }, stop: () => set.stop() }
})
