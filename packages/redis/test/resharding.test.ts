import type { Change, Entry } from "@persist/core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { hashSlot } from "../src/connection/hash-slot.ts"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { type ClusterNode, type RedisCluster, startCluster } from "./support/redis-cluster.ts"
import { until } from "./support/until.ts"
import { Workload } from "./support/workload.ts"

const timeout = 6000
/** A machine that does much else may let a timer wait. */
const deadline = timeout + 2000

/** Moves a slot with its keys to another master, a few keys at a time, as redis-cli does. */
async function move(cluster: RedisCluster, slot: number, to: ClusterNode): Promise<void> {
  const from = await cluster.masterOf(slot)
  await announce(slot, from, to)
  await carry(slot, from, to)
  await finish(cluster, slot, from, to)
}

/** Valkey 8 refuses it with NOREPLICAS where a replica of `from` or `to` does not answer. */
async function announce(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
  await to.process.ask("CLUSTER", "SETSLOT", String(slot), "IMPORTING", from.id)
  await from.process.ask("CLUSTER", "SETSLOT", String(slot), "MIGRATING", to.id)
}

async function carry(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
  for (;;) {
    const keys = (await from.process.ask("CLUSTER", "GETKEYSINSLOT", String(slot), "5")) as string[]
    if (keys.length === 0) break
    const target = ["127.0.0.1", String(to.process.port), "", "0", "5000"]
    await from.process.ask("MIGRATE", ...target, "KEYS", ...keys)
  }
}

/** Asks the old owner last, and only tells it: it learns from the others where its own replica does not answer. */
async function finish(
  cluster: RedisCluster,
  slot: number,
  from: ClusterNode,
  to: ClusterNode,
): Promise<void> {
  const setSlot = ["CLUSTER", "SETSLOT", String(slot), "NODE", to.id]
  const others = (await cluster.masters()).filter((one) => one !== to && one !== from)
  for (const { process } of [to, ...others]) await process.ask(...setSlot)
  await from.process.ask(...setSlot).catch((error: Error) => {
    if (!error.message.startsWith("NOREPLICAS")) throw error
  })
  await until("the old owner knows", async () => (await cluster.masterOf(slot, from)) === to)
}

describeRedis("RedisStorage on a cluster whose slots move and nodes are away", () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.stop())

  test("finds what it did where the answer was lost before", async () => {
    const prefix = "lost"
    await using storage = new RedisStorage({ prefix, timeout, shards: 1, cluster: cluster.urls })
    // A key that is nowhere would have to wait until the slot has moved.
    await storage.save("brief", 1, { ttl: "1h" })
    const { revision } = await storage.save("key", 1)
    const slot = hashSlot(`${prefix}:0`)
    const owner = await cluster.masterOf(slot)
    const other = (await cluster.masters()).find(({ id }) => id !== owner.id)!
    await announce(slot, owner, other)
    owner.link.blackHole("replies")
    const saving = storage.save("key", 2, { ifRevision: revision })
    await until("it is done", async () => {
      return String(await owner.process.ask("GET", `{${prefix}:0}r:key`)).endsWith("\n2")
    })
    await carry(slot, owner, other)
    await finish(cluster, slot, owner, other)
    owner.link.cut()
    await owner.link.heal()
    expect((await saving).revision).toBe((await storage.stat("key"))?.revision)
    expect(await storage.load("key")).toBe(2)
  })

  test("does what it was asked for while a node was away in that order", async () => {
    const prefix = "away"
    const options = { prefix, timeout: "30s", shards: 1 } as const
    await using storage = new RedisStorage({ ...options, cluster: cluster.urls })
    await storage.save("opened", 1)
    const owner = await cluster.masterOf(hashSlot(`${prefix}:0`))
    const other = (await cluster.masters()).find(({ id }) => id !== owner.id)!
    const saves: Promise<Entry>[] = []
    const saveNext = () => saves.push(storage.save("key", saves.length))
    owner.link.blackHole()
    saveNext()
    owner.link.cut()
    const before = other.link.accepted
    await until("others have been asked for the slot, more than once", () => {
      saveNext()
      return other.link.accepted > before + 2
    })
    await owner.link.heal()
    const ids = (await Promise.all(saves)).map(({ revision }) => {
      return revision.split(".")[0]!.split("-").map(Number) as [time: number, count: number]
    })
    expect(ids).toEqual(ids.toSorted(([a, one], [b, other]) => a - b || one - other))
    expect(await storage.load("key")).toBe(saves.length - 1)
  })

  test("says soon of a write that was not confirmed before its last shard moved", async () => {
    const prefix = "unconfirmed"
    const options = { prefix, timeout: "30s", shards: 1, durability: "replicated" } as const
    await using storage = new RedisStorage({ ...options, cluster: cluster.urls })
    await storage.save("brief", 1, { ttl: "1h" })
    await storage.save("key", 1)
    const slot = hashSlot(`${prefix}:0`)
    const owner = await cluster.masterOf(slot)
    const other = (await cluster.masters()).find(({ id }) => id !== owner.id)!
    await announce(slot, owner, other)
    const [, port] = /slave0:ip=.*?,port=(\d+)/.exec(
      String(await owner.process.ask("INFO", "replication")),
    )!
    const replica = cluster.nodes.find(({ process }) => process.port === Number(port))!
    replica.process.pause()
    try {
      const saving = storage.save("key", 2)
      const ended = expect(inTime(10_000, "the save", saving)).rejects.toMatchObject({
        code: "ERR_PERSIST_INDETERMINATE",
        message: expect.stringContaining("moved to another server"),
      })
      await until("it is done", async () => {
        return String(await owner.process.ask("GET", `{${prefix}:0}r:key`)).endsWith("\n2")
      })
      await carry(slot, owner, other)
      await finish(cluster, slot, owner, other)
      await ended
    } finally {
      replica.process.resume()
      await cluster.ready()
    }
    expect(await storage.load("key")).toBe(2)
    await storage.save("key", 3)
    await move(cluster, slot, owner)
    await storage.save("key", 4)
  })

  test("tells its scripts to a node that takes a slot over and has forgotten them", async () => {
    const prefix = "forgotten"
    await using storage = new RedisStorage({ prefix, timeout, shards: 1, cluster: cluster.urls })
    // A key that is nowhere would have to wait until the slot has moved.
    await storage.save("brief", 1, { ttl: "1h" })
    await storage.save("key", 1)
    const slot = hashSlot(`${prefix}:0`)
    const from = await cluster.masterOf(slot)
    const to = (await cluster.masters()).find(({ id }) => id !== from.id)!
    await announce(slot, from, to)
    await carry(slot, from, to)
    // Every key is at the new place, and the slot still at the old one.
    await storage.save("key", 2)
    await to.process.ask("SCRIPT", "FLUSH")
    await storage.save("key", 3)
    expect(await storage.load("key")).toBe(3)
    await finish(cluster, slot, from, to)
  })

  test("answers what is still there while the node that a slot moves to is away", async () => {
    const prefix = "importer-away"
    await using storage = new RedisStorage({ prefix, timeout, shards: 1, cluster: cluster.urls })
    await storage.save("here", 1)
    const slot = hashSlot(`${prefix}:0`)
    const from = await cluster.masterOf(slot)
    const to = (await cluster.masters()).find(({ id }) => id !== from.id)!
    await announce(slot, from, to)
    to.link.blackHole()
    let isAnswered = false
    const elsewhere = storage.load("elsewhere").finally(() => {
      isAnswered = true
    })
    try {
      expect(await storage.load("here")).toBe(1)
      expect(isAnswered).toBe(false)
    } finally {
      await to.link.heal()
      for (const { process } of [from, to]) {
        await process.ask("CLUSTER", "SETSLOT", String(slot), "STABLE")
      }
    }
    expect(await elsewhere).toBe(undefined)
  })

  test("waits where what a script looks at may be on the other node already", async () => {
    const prefix = "half"
    await using storage = new RedisStorage({
      prefix,
      timeout: "60s",
      shards: 1,
      cluster: cluster.urls,
    })
    const end = new AbortController()
    const told = new Set<string>()
    const watching = (async () => {
      for await (const { key } of storage.watch({ signal: end.signal })) told.add(key)
    })()
    const large = "x".repeat(30_000)
    await storage.save("large", large)
    const slot = String(hashSlot(`${prefix}:0`))
    const from = await cluster.masterOf(Number(slot))
    const to = (await cluster.masters()).find(({ id }) => id !== from.id)!
    await storage.save("brief", 1, { ttl: 500 })
    await announce(Number(slot), from, to)
    const refused = async () => {
      const errors = String(await from.process.ask("INFO", "errorstats"))
      return Number(/errorstat_ERR:count=(\d+)/.exec(errors)?.[1] ?? 0)
    }
    const before = await refused()
    await until("it has expired", async () => !(await storage.exists("brief")))
    const listing = storage.list()
    const saving = storage.save("large", `${large}!`, { version: true })
    await until("some has been turned away", async () => (await refused()) > before + 1)
    for (const { process } of [from, to]) await process.ask("CLUSTER", "SETSLOT", slot, "STABLE")
    expect(await listing).toEqual(["large"])
    const { version } = await saving
    expect(await storage.load("large", { version: version! })).toBe(`${large}!`)
    await storage.save("last", 1)
    await until("the watch goes on", () => told.has("last") && told.has("brief"))
    end.abort()
    await watching
  })

  test("loses nothing, and goes on where they are", async () => {
    const prefix = "moved"
    await using storage = new RedisStorage({ prefix, timeout, shards: 1, cluster: cluster.urls })
    const end = new AbortController()
    const changes: Change[] = []
    const watching = (async () => {
      for await (const change of storage.watch({ signal: end.signal })) changes.push(change)
    })()
    const load = new Workload(storage, { deadline })
    await load.working()
    const slot = hashSlot(`${prefix}:0`)
    for (let round = 0; round < 3; round++) {
      const owner = await cluster.masterOf(slot)
      const others = (await cluster.masters()).filter(({ id }) => id !== owner.id)
      await move(cluster, slot, others[round % 2]!)
      await load.working()
    }
    expect(load.failures).toBe(0)
    console.log(`slots moved: ${await load.end()}`)
    await until("the watcher has seen everything, or is told of a gap", () => {
      const seen = new Set(changes.map(({ revision }) => revision))
      return changes.some(({ type }) => type === "gap") || load.revisions.isSubsetOf(seen)
    })
    const { process } = await cluster.masterOf(slot)
    const channel = `{${prefix}:0}log`
    await until("it listens where the slot is now, and was before", async () => {
      return String(await process.ask("PUBSUB", "SHARDNUMSUB", channel)) === `${channel},1`
    })
    end.abort()
    await watching
  })
})
