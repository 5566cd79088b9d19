import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { outcomeScript } from "../src/scripts/outcome.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

describeRedis("an operation whose answer was lost", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("is found where the server's clock was set forward since, or the caller has slept", async () => {
    const hour = 3_600_000
    const sent = Date.now() - hour
    for (const [index, operation] of ["mine", "other"].entries()) {
      const id = `${sent + 100 + index}-0`
      await server.ask("XADD", "{p:0}log", id, "s", "key", "o", operation)
    }
    const outcome = (operation: string, earliest: string) =>
      server.ask("EVAL", outcomeScript.text, "1", "{p:0}log", operation, "2000", "1", earliest)
    expect(await outcome("mine", String(sent))).toEqual(["FOUND", `${sent + 100}-0`])
    expect(await outcome("theirs", String(sent + 101))).toEqual(["ABSENT"])
    // As far as the time tells that has passed for the caller.
    expect(await outcome("mine", "")).toEqual(["ABSENT"])
  })

  test("is looked for from when it was sent, by the server's clock", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    await using storage = new RedisStorage({ url: `redis://127.0.0.1:${proxy.port}` })
    await storage.save("key", 1)
    await server.ask("CONFIG", "SET", "slowlog-log-slower-than", "0")
    const began = Date.now()
    const lost = proxy.dropReplyOnce("r:key")
    await storage.save("key", 2)
    await lost
    const slow = (await server.ask("SLOWLOG", "GET", "100")) as string[][][]
    const question = slow.map((entry) => entry[3]!).find(([name]) => name === "EVAL")
    // Two seconds for clocks that are not quite right, some more for a machine that was busy when it connected.
    const earliest = Number(question?.at(-1))
    expect(earliest).toBeLessThanOrEqual(Date.now() - 2_000)
    expect(earliest).toBeGreaterThan(began - 10_000)
  })
})
