import { afterAll, beforeAll, expect, test } from "vitest"
import { type EvictionPolicy, RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

describeRedis("an eviction policy", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  for (const policy of ["allkeys-lru", "volatile-ttl"] as const) {
    test(`${policy} is refused, unless it is named`, async () => {
      await server.ask("CONFIG", "SET", "maxmemory-policy", policy)
      const { url } = server
      await using refused = new RedisStorage({ url })
      await expect(refused.save("key", 1)).rejects.toMatchObject({
        code: "ERR_PERSIST_UNSUPPORTED",
        message: expect.stringContaining(policy),
      })
      const other: EvictionPolicy = policy === "volatile-ttl" ? "allkeys-lru" : "volatile-ttl"
      await using misnamed = new RedisStorage({ url, evictionPolicy: other })
      await expect(misnamed.load("key")).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
      await using allowed = new RedisStorage({ url, evictionPolicy: policy })
      await allowed.save("key", 1)
      expect(await allowed.load("key")).toBe(1)
    })
  }

  test("that throws away what is being staged ends a large save, which would never be done", async () => {
    const evictionPolicy = "volatile-ttl"
    await server.ask("CONFIG", "SET", "maxmemory-policy", evictionPolicy)
    await using storage = new RedisStorage({ url: server.url, evictionPolicy, prefix: "large" })
    await storage.save("key", "small")
    const used = /^used_memory:(\d+)/m.exec(String(await server.ask("INFO", "memory")))?.[1]
    await server.ask("CONFIG", "SET", "maxmemory", String(Number(used) + 2_500_000))
    const large = "x".repeat(4_000_000)
    const writes: (() => Promise<unknown>)[] = [
      () => storage.save("key", large),
      () => storage.update("key", () => large),
    ]
    for (const write of writes) {
      await expect(inTime(20_000, "the write", write())).rejects.toMatchObject({
        code: "ERR_PERSIST_IO",
        message: expect.stringContaining("maxmemory"),
        key: "key",
      })
    }
    expect(await storage.load("key")).toBe("small")
    expect(await server.ask("KEYS", "{large:0}b:*")).toEqual([])
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    await storage.save("key", large)
    expect(await storage.load("key")).toBe(large)
  })

  test("is learnt without CONFIG, which managed servers forbid", async () => {
    await server.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    await server.ask("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config")
    const url = `redis://app:secret@127.0.0.1:${server.port}`
    await using storage = new RedisStorage({ url })
    await storage.save("key", 2)
    expect(await storage.load("key")).toBe(2)
  })
})
