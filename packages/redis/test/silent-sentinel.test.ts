import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { RedisInvalidationBus, RedisStorage } from "../src/index.ts"
import { message, record } from "./support/bus-record.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { addressesOf, retime, startSplit } from "./support/split-sentinels.ts"
import { until } from "./support/until.ts"

/** Milliseconds that a sentinel may take in these tests: what waits for a silent one is told from what is only slow. */
const silence = 120_000
const limit = silence / 2

describeRedis("a sentinel that does not answer", () => {
  beforeAll(() => retime(new Map([[2_000, silence]])))
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  test.concurrent("does not keep a storage waiting that connects", async () => {
    await using split = await startSplit()
    const { primary, outdated, current } = split
    outdated.link.blackHole()
    await using storage = new RedisStorage({ sentinel: addressesOf(outdated, current) })
    await inTime(limit, "the first save", storage.save("key", 1))
    await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await inTime(limit, "the next save", storage.save("key", 2))
    expect(await storage.load("key")).toBe(2)
  })

  test.concurrent("does not keep a bus waiting that connects", async () => {
    await using split = await startSplit()
    const { outdated, current } = split
    outdated.link.blackHole()
    await using bus = new RedisInvalidationBus({ sentinel: addressesOf(outdated, current) })
    const heard = await record(bus)
    await inTime(limit, "a message", bus.publish(message(1)))
    await until("it is heard", () => heard.includes(1))
  })
})
