import { afterAll, beforeAll, expect, test } from "vitest"
import { type EvictionPolicy, RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
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

  test("is learnt without CONFIG, which managed servers forbid", async () => {
    await server.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    await server.ask("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config")
    const url = `redis://app:secret@127.0.0.1:${server.port}`
    await using storage = new RedisStorage({ url })
    await storage.save("key", 2)
    expect(await storage.load("key")).toBe(2)
  })
})
