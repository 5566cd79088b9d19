import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { RedisInvalidationBus } from "../src/index.ts"
import { message, record } from "./support/bus-record.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { addressesOf, hurry, type Lonely, startSplit } from "./support/split-sentinels.ts"
import { until } from "./support/until.ts"

// A busy machine may be silent for 5 s.
const open = (...sentinels: readonly Lonely[]) =>
  new RedisInvalidationBus({ sentinel: addressesOf(...sentinels), staleAfter: "5m" })

describeRedis("a RedisInvalidationBus of sentinels of which one is cut off from the others", () => {
  beforeAll(hurry)
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  test.concurrent("speaks and listens where the latest failover has led", async () => {
    await using split = await startSplit()
    const { former, outdated, current } = split
    await using sender = open(outdated, current)
    await using receiver = open(outdated, current)
    const heard = await record(receiver)
    await sender.publish(message(1))
    await until("it is heard", () => heard.length > 0)
    expect(heard).toEqual([1])
    expect(await former.ask("DBSIZE")).toBe(0)
  })

  test.concurrent("listens to a primary that was replaced no longer than until it hears of that", async () => {
    await using split = await startSplit()
    const { outdated, current } = split
    current.link.refuse()
    await using receiver = open(outdated, current)
    const heard = await record(receiver)
    await current.link.heal()
    await until("all may be missed", () => heard.length > 0)
    await using sender = open(current)
    await sender.publish(message(1))
    await until("it is heard", () => heard.includes(1))
    expect(heard).toEqual(["missed", 1])
  })

  test.concurrent("has all forget what only a primary has taken that was replaced", async () => {
    await using split = await startSplit()
    const { former, outdated, current } = split
    await using receiver = open(current)
    const heard = await record(receiver)
    const link = current.link
    link.refuse()
    await using sender = open(outdated, current)
    await sender.publish(message(1))
    expect(await former.ask("XLEN", "persist:bus")).toBe(1)
    await link.heal()
    await until("all may be missed", () => heard.length > 0)
    await sender.publish(message(2))
    await until("it is heard", () => heard.includes(2))
    expect(heard).toEqual(["missed", 2])
  })
})
