import { TcpProxy } from "@persist/core/conformance"
import { expect, test } from "vitest"
import { RedisInvalidationBus } from "../src/index.ts"
import { message, record } from "./support/bus-record.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("messages that wait for the server", () => {
  test("are as one that says everything where they are too many, and those behind them follow", async () => {
    await using server = await startRedis()
    await using link = await TcpProxy.start({ port: server.port })
    // A busy machine may be silent for longer than the default.
    const staleAfter = "5m"
    await using receiver = new RedisInvalidationBus({ url: server.url, staleAfter })
    const heard = await record(receiver)
    link.refuse()
    const warnings: string[] = []
    await using sender = new RedisInvalidationBus({
      url: `redis://127.0.0.1:${link.port}`,
      staleAfter,
      logger: { warn: (text) => warnings.push(text) },
    })
    const first = sender.publish(message(0))
    await until("it is under way", () => warnings.length > 0)
    const sent = Array.from({ length: 10_003 }, (_, index) => sender.publish(message(index + 1)))
    await link.heal()
    await Promise.all([first, ...sent])
    await until("the last is heard", () => heard.includes(10_003))
    expect(heard).toEqual([0, "missed", 10_002, 10_003])
  })
})
