import { createClient, createCluster } from "redis"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { freePort, RedisProcess, startRedis } from "./support/redis-process.ts"

describe("options of RedisStorage", () => {
  const wrong: Record<string, object> = {
    "an unknown name": { prefx: "a" },
    "a url that is none": { url: "localhost" },
    "a url of something else": { url: "http://localhost" },
    "a database that is no number": { url: "redis://localhost/x" },
    "two databases": { url: "redis://localhost/1?db=2" },
    "a setting that a url cannot have": { url: "redis://localhost?family=6" },
    "a password that ends the url": { url: "redis://user:12#34@localhost" },
    "a password that begins no character": { url: "redis://user:50%@localhost" },
    "a prefix with braces": { prefix: "{a}" },
    "an empty prefix": { prefix: "" },
    "a timeout too short": { timeout: 1 },
    "a durability that is none": { durability: "disk" },
    "replicas without waiting for them": { replicas: 2 },
    "no replica to wait for": { durability: "replicated", replicas: 0 },
    "a policy that is none": { evictionPolicy: "lru" },
    "half a shard": { shards: 0.5 },
    "two places": { url: "redis://a", cluster: ["redis://b"] },
    "a cluster of nobody": { cluster: [] },
    "a sentinel without a name": { sentinel: { nodes: ["redis://a"] } },
    "an unknown name for sentinels": { sentinel: { name: "a", nodes: ["redis://a"], port: 1 } },
    "a client that is none": { client: {} },
  }
  for (const [name, options] of Object.entries(wrong)) {
    test(`${name} is refused`, () => {
      expect(() => new RedisStorage(options as RedisStorageOptions)).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
      )
    })
  }

  test("a password in a wrong url is not repeated", () => {
    const urls = ["secret@host:port", "1?secret=2@host", "1#secret@host", "secret%@host"]
    for (const url of urls.map((rest) => `redis://user:${rest}`)) {
      for (const options of [{ url }, { cluster: [url] }, { cluster: url as never }]) {
        expect(() => new RedisStorage(options)).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining("secret") }),
        )
      }
    }
  })
})

describeRedis("the place of a RedisStorage", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("can be that of a client, which stays the caller's", async () => {
    const client = createClient({ url: server.url, database: 3 })
    await using storage = new RedisStorage({ client })
    await storage.save("key", 1)
    expect(client.isOpen).toBe(false)
    await client.connect()
    expect(await client.exists("{persist:0}r:key")).toBe(1)
    await storage.close()
    expect(await client.ping()).toBe("PONG")
    await client.close()
  })

  test("may be called by the name of Valkey", async () => {
    const url = server.url.replace("redis", "valkey")
    await using storage = new RedisStorage({ url: `${url}/5` })
    await storage.save("key", 1)
    expect(String(await server.ask("INFO", "keyspace"))).toContain("db5:")
    const secure = { url: url.replace("valkey", "valkeys") }
    await using spoken = new RedisStorage({ ...secure, timeout: 300 })
    // The server takes it for a command.
    await expect(spoken.load("key")).rejects.toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
    const sentinel = { name: "main", nodes: [url], url: "valkeys://user:password@" }
    await expect(new RedisStorage({ sentinel }).close()).resolves.toBe(undefined)
  })

  test("separates databases and prefixes", async () => {
    await using one = new RedisStorage({ url: `${server.url}/1` })
    await using two = new RedisStorage({ url: `${server.url}/2` })
    await using other = new RedisStorage({ url: `${server.url}/1`, prefix: "other" })
    await one.save("key", 1)
    expect(await two.list()).toEqual([])
    expect(await other.list()).toEqual([])
  })

  test("keeps the number of shards that a prefix has", async () => {
    await using first = new RedisStorage({ url: server.url, prefix: "spread", shards: 8 })
    const keys = Array.from({ length: 40 }, (_, index) => `key/${index}`)
    await Promise.all(keys.map((key) => first.save(key, key)))
    await using again = new RedisStorage({ url: server.url, prefix: "spread" })
    expect(await again.list()).toEqual(keys.toSorted())
    expect(await again.load("key/7")).toBe("key/7")
    await using refused = new RedisStorage({ url: server.url, prefix: "spread", shards: 4 })
    await expect(refused.list()).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
  })

  test("is asked of the next sentinel where one names a server that is not there", async () => {
    const watching = async (port: number) => {
      const settings = { sentinel: [`monitor main 127.0.0.1 ${port} 2`] }
      return new RedisProcess(await freePort(), settings, ["--sentinel"])
    }
    await using stale = await watching(await freePort())
    await using other = await watching(server.port)
    await Promise.all([stale.start(), other.start()])
    const sentinel = { name: "main", nodes: [stale.url, other.url] }
    await using storage = new RedisStorage({ sentinel, prefix: "named" })
    await storage.save("key", 1)
    expect(await storage.load("key")).toBe(1)
  })

  test("says when a cluster or a sentinel is meant", async () => {
    for (const options of [
      { cluster: [server.url] },
      { client: createCluster({ rootNodes: [{ url: server.url }] }) },
    ]) {
      await using storage = new RedisStorage({ ...options, timeout: 60_000 })
      await expect(inTime(20_000, "the load", storage.load("key"))).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
        message: expect.stringContaining("no node of a cluster"),
      })
    }
    const sentinel = { name: "main", nodes: [server.url] }
    await using storage = new RedisStorage({ sentinel, timeout: 60_000 })
    await expect(inTime(20_000, "the load", storage.load("key"))).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
      message: expect.stringContaining("no sentinel"),
    })
  })
})
