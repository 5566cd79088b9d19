import type { Change } from "@persist/core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

const keys = Array.from({ length: 40 }, (_, index) => `key/${index}`).toSorted()
const large = "x".repeat(20_000)

describeRedis("a server that is emptied while a storage is open", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const open = (options: RedisStorageOptions = {}) =>
    new RedisStorage({ url: server.url, ...options })
  const saveAll = (storage: RedisStorage, value: unknown) =>
    Promise.all(keys.map((key) => storage.save(key, value)))

  /** Two storages on eight shards, and a third that lays the emptied server out with one. */
  async function emptied() {
    const prefix = `emptied-${Math.random()}`
    await using first = open({ prefix, shards: 8 })
    await saveAll(first, "before")
    const storage = open({ prefix })
    await saveAll(storage, "before")
    await server.ask("FLUSHALL")
    const other = open({ prefix })
    await saveAll(other, "after")
    return { prefix, storage, other }
  }

  test("is laid out again as it was by who writes first", async () => {
    await using storage = open({ prefix: "again", shards: 8 })
    await saveAll(storage, 1)
    await server.ask("FLUSHALL")
    expect(await storage.list()).toEqual([])
    await saveAll(storage, 2)
    await using other = open({ prefix: "again" })
    expect(await other.list()).toEqual(keys)
    expect(await Promise.all(keys.map((key) => other.load(key)))).toEqual(keys.map(() => 2))
    expect(await server.ask("HGET", "{again:0}manifest", "shards")).toBe("8")
  })

  const writes: Record<string, (storage: RedisStorage, key: string) => Promise<unknown>> = {
    save: (storage, key) => storage.save(key, "mine"),
    "save with ttl": (storage, key) => storage.save(key, "mine", { ttl: "1m" }),
    "save with version and backup": (storage, key) =>
      storage.save(key, "mine", { version: true, backup: true }),
    "large save": (storage, key) => storage.save(key, large),
    "save with ifRevision": (storage, key) => storage.save(`new/${key}`, 1, { ifRevision: null }),
    update: (storage, key) => storage.update(key, (value) => `${value} and mine`),
    delete: (storage, key) => storage.delete(key),
    withLease: (storage, key) =>
      storage.withLease(key, ({ token }) => storage.save(key, "leased", { fence: token })),
  }
  for (const [name, write] of Object.entries(writes)) {
    test(`and laid out otherwise by another is understood by: ${name}`, async () => {
      const { storage, other } = await emptied()
      await using _storage = storage
      await using _other = other
      await Promise.all(keys.map((key) => write(storage, key)))
      expect(await storage.list()).toEqual(await other.list())
      for (const key of keys) expect(await storage.load(key)).toEqual(await other.load(key))
      if (name === "update") expect(await other.load(keys[7]!)).toBe("after and mine")
      if (name === "delete") expect(await other.list()).toEqual([])
    })
  }

  test("and laid out otherwise by another is understood by reads within a second", async () => {
    const { storage, other } = await emptied()
    await using _storage = storage
    await using _other = other
    await until("a load finds it", async () => (await storage.load(keys[3]!)) === "after")
    expect(await storage.list()).toEqual(keys)
  })

  test("and laid out otherwise by another is told to a watch as a gap, and then read on", async () => {
    const prefix = "watched"
    await using first = open({ prefix, shards: 8 })
    await saveAll(first, 1)
    await using storage = open({ prefix })
    await storage.list()
    const end = new AbortController()
    const changes: Change[] = []
    const watching = (async () => {
      for await (const change of storage.watch({ signal: end.signal })) changes.push(change)
    })()
    await until("it has begun", async () => {
      await first.save(keys[0]!, Math.random())
      return changes.some(({ type }) => type === "save")
    })
    changes.length = 0
    await first.close()
    await server.ask("FLUSHALL")
    await using other = open({ prefix })
    await other.list()
    await until("a gap is told", () => changes.some(({ type }) => type === "gap"))
    const revisions = new Set<string>()
    await until("changes are told", async () => {
      revisions.add((await other.save(keys[5]!, revisions.size)).revision)
      return changes.some(({ revision }) => revision !== undefined && revisions.has(revision))
    })
    end.abort()
    await watching
  })

  test("and laid out otherwise by another is an error for who has asked for a number of shards", async () => {
    const { prefix, storage, other } = await emptied()
    await using _storage = storage
    await using _other = other
    await using asking = open({ prefix, shards: 8 })
    await expect(asking.save("key", 1)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })

  test("in part, and laid out otherwise, is not mixed up", async () => {
    await using first = open({ prefix: "part", shards: 8 })
    await saveAll(first, 1)
    await server.ask("DEL", "{part:0}manifest")
    await using other = open({ prefix: "part", shards: 4 })
    const saves = await Promise.allSettled(keys.map((key) => other.save(`new/${key}`, 2)))
    const refused = saves.filter(({ status }) => status === "rejected")
    expect(refused.length).toBeGreaterThan(20)
    expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
      message: expect.stringMatching(/4 shards, but shard [123] is one of 8/),
    })
  })

  test("is not looked at anew by every read that finds nothing", async () => {
    await using storage = open({ prefix: "missing" })
    await storage.exists("opened")
    await server.ask("CONFIG", "RESETSTAT")
    const began = performance.now()
    for (let index = 0; index < 200; index++) await storage.load(`missing/${index}`)
    const seconds = Math.ceil((performance.now() - began) / 1_000)
    const statistics = String(await server.ask("INFO", "commandstats"))
    const looks = Number(/cmdstat_evalsha:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
    expect(looks).toBeLessThanOrEqual(seconds + 1)
  })

  test("keeps as many changes as it was laid out with, whatever a later storage takes for none", async () => {
    await using first = open({ prefix: "few", changes: 100 })
    await first.save("key", 1)
    await using storage = open({ prefix: "few" })
    for (let round = 0; round < 20; round++) await saveAll(storage, round)
    expect(await server.ask("XLEN", "{few:0}log")).toBeLessThan(300)
  })
})
