import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

describeRedis("what updates remember", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("is 8 MB of what was written last", async () => {
    await using storage = new RedisStorage({ url: server.url })
    const text = "x".repeat(16_000)
    const update = (index: number) => storage.update<string>(`key/${index}`, () => text)
    const keys = Array.from({ length: 600 }, (_, index) => index)
    for (const index of keys) await update(index)
    const looksFor = async (index: number) => {
      await server.ask("CONFIG", "RESETSTAT")
      await update(index)
      const statistics = String(await server.ask("INFO", "commandstats"))
      return Number(/cmdstat_get:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
    }
    expect(await looksFor(599)).toBe(0)
    expect(await looksFor(300)).toBe(0)
    expect(await looksFor(0)).toBe(1)
  })
})
