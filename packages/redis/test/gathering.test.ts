import { PersistError } from "@persist/core"
import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

describeRedis("saves of one moment", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const scriptCalls = async () => {
    const info = String(await server.ask("INFO", "commandstats"))
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0)
  }

  test("travel together, each with its own revision", async () => {
    await using storage = new RedisStorage({ url: server.url, prefix: "together" })
    await storage.save("key/0", 0)
    const before = await scriptCalls()
    const keys = Array.from({ length: 100 }, (_, index) => `key/${index}`)
    const entries = await Promise.all(keys.map((key, index) => storage.save(key, index)))
    expect((await scriptCalls()) - before).toBe(Math.ceil(100 / 32))
    expect(new Set(entries.map(({ revision }) => revision)).size).toBe(100)
    expect(await Promise.all(keys.map((key) => storage.load(key)))).toEqual([...keys.keys()])
    expect(await storage.list({ subfolder: "key" })).toHaveLength(100)
  })

  test("keep the order in which they were asked for, among themselves and with loads and deletes", async () => {
    await using storage = new RedisStorage({ url: server.url, prefix: "order" })
    await storage.save("key", 0)
    const [, one, , two, , three, gone, , four] = await Promise.all([
      storage.save("key", 1),
      storage.load("key"),
      storage.save("key", 2),
      storage.load("key"),
      storage.save("key", 3, { ttl: "1m" }),
      storage.load("key"),
      storage.delete("key"),
      storage.save("key", 4),
      storage.load("key"),
    ])
    expect([one, two, three, gone, four]).toEqual([1, 2, 3, true, 4])
    expect(await storage.load("key")).toBe(4)
    await Promise.all(Array.from({ length: 50 }, (_, index) => storage.save("key", index)))
    expect(await storage.load("key")).toBe(49)
  })

  test("keep that order where they wait for the first connection, those with a signal too", async () => {
    await using storage = new RedisStorage({ url: server.url, prefix: "first" })
    const { signal } = new AbortController()
    await Promise.all([storage.save("key", 1, { signal }), storage.save("key", 2)])
    expect(await storage.load("key")).toBe(2)
  })

  test("are refused one by one, and hold up no other", async () => {
    await using storage = new RedisStorage({ url: server.url, prefix: "alone" })
    const { revision } = await storage.save("fenced", 1, { fence: 7 })
    await storage.save("perishable", 1, { ttl: "1m" })
    await storage.save("large", "x".repeat(20_000))
    await server.ask("LPUSH", "{alone:0}r:foreign", "x")
    const settled = await Promise.allSettled([
      storage.save("before", 1),
      storage.save("fenced", 2, { ifRevision: revision }),
      storage.save("fenced", 3, { ifRevision: revision }),
      storage.save("foreign", 2),
      storage.save("perishable", 2),
      storage.save("large", 2),
      storage.save("versioned", 2, { version: true }),
      storage.save("new", 2, { ifRevision: null }),
      storage.save("new", 3, { ifRevision: null }),
      storage.save("after", 1),
    ])
    const outcomes = settled.map((one) => {
      if (one.status === "fulfilled") return one.value.key
      return PersistError.is(one.reason) ? `${one.reason.code} ${one.reason.key}` : one.reason
    })
    expect(outcomes).toEqual([
      ...["before", "fenced", "ERR_PERSIST_CONFLICT fenced", "ERR_PERSIST_CORRUPT foreign"],
      ...["perishable", "large", "versioned", "new", "ERR_PERSIST_CONFLICT new", "after"],
    ])
    expect(await storage.stat("fenced")).toMatchObject({ fence: 7, size: 1 })
    expect((await storage.stat("perishable"))?.expiresAt).toBeUndefined()
    expect(await storage.versions("versioned")).toHaveLength(1)
    expect(await storage.load("new")).toBe(2)
    expect(await server.ask("KEYS", "{alone:0}b:*")).toEqual([])
    expect(await server.ask("ZCARD", "{alone:0}x")).toBe(0)
  })

  test("are each known again when the one reply to all is lost", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = new RedisStorage({ url, prefix: "lost" })
    const indices = [...Array(20).keys()]
    await Promise.all(indices.map((index) => storage.update(`n/${index}`, () => index)))
    const lost = proxy.dropReplyOnce("r:n/7")
    const counting = indices.map((index) =>
      storage.update<number>(`n/${index}`, (value) => value! + 100),
    )
    expect(await Promise.all(counting)).toEqual(indices.map((index) => index + 100))
    await lost
    const found = await Promise.all(indices.map((index) => storage.load(`n/${index}`)))
    expect(found).toEqual(indices.map((index) => index + 100))
  })
})
