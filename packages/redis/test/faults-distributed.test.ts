import { expect, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startCluster } from "./support/redis-cluster.ts"
import { startSentinel } from "./support/redis-sentinel.ts"
import { until } from "./support/until.ts"
import { Workload } from "./support/workload.ts"

/** Longer than another server needs to take over, so that most operations live to see it. */
const timeout = 6000
/** A machine that does much else may let a timer wait. */
const deadline = timeout + 2000
const options: RedisStorageOptions = { prefix: "faults", timeout, durability: "replicated" }

describeRedis("RedisStorage where servers take over from each other", () => {
  test.concurrent("settles in time, loses nothing and recovers when masters of a cluster die, stop and vanish", async () => {
    await using cluster = await startCluster({ nodeTimeout: 1500 })
    await using storage = new RedisStorage({ ...options, cluster: cluster.urls })
    const load = new Workload(storage, { deadline })
    await load.working()

    const [killed, ...others] = await cluster.masters()
    const taken = async (lost: { id: string }) => {
      const asked = cluster.nodes.find(({ id }) => id !== lost.id && id !== killed!.id)!
      await until("another master takes over", async () => {
        const now = await cluster.masters(asked)
        return now.length === 3 && now.every(({ id }) => id !== lost.id)
      })
    }
    await killed!.process.kill()
    await taken(killed!)
    // Without its replica the new master confirms nothing.
    await killed!.process.start()
    await cluster.ready()
    await load.working()

    const stopped = others[0]!
    stopped.process.pause()
    await taken(stopped)
    stopped.process.resume()
    await cluster.ready()
    await load.working()

    const vanished = others[1]!
    cluster.isolate(vanished)
    await taken(vanished)
    await cluster.heal(vanished)
    await cluster.ready()
    await load.working()
    // How many were saved by now depends on how soon others took over: the servers still serve as many as are wanted.
    await until("a thousand saves are acknowledged", () => load.revisions.size > 1000)
    console.log(`cluster: ${await load.end()}`)
    expect(load.revisions.size).toBeGreaterThan(1000)
  })

  test.concurrent("settles in time, loses nothing and recovers when the master of a Sentinel set vanishes", async () => {
    await using set = await startSentinel({ downAfter: 1500 })
    const nodes = set.sentinels.map(({ url }) => url)
    await using storage = new RedisStorage({ ...options, sentinel: { name: set.name, nodes } })
    const load = new Workload(storage, { deadline })
    await load.working()
    const vanished = await set.master()
    vanished.link.blackHole()
    await until("another master takes over", async () => (await set.master()) !== vanished)
    await vanished.link.heal()
    await set.rejoin(vanished)
    await load.working()
    console.log(`sentinels: ${await load.end()}`)
  })
})
