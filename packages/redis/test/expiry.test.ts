import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("values that expire", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("leave the list, also where it is asked for in their very last millisecond", async () => {
    await using storage = new RedisStorage({ url: server.url })
    await storage.save("kept", 1)
    const saves = Array.from({ length: 150 }, (_, index) =>
      storage.save(`brief/${index}`, index, { ttl: 300 + index }),
    )
    await Promise.all(saves)
    const end = performance.now() + 800
    while (performance.now() < end) await storage.list()
    await until("all have gone", async () => (await storage.list()).length === 1, 5)
    expect(await storage.list()).toEqual(["kept"])
    expect(await server.ask("ZCARD", "{persist:0}x")).toBe(0)
  })
})
