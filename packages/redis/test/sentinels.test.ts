import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import type { RedisProcess } from "./support/redis-process.ts"
import {
  addressesOf,
  hurry,
  type Lonely,
  startLonely,
  startSplit,
} from "./support/split-sentinels.ts"
import { until } from "./support/until.ts"

/** Writes on until `sentinel` has been asked, and has answered. */
async function writeOn(storage: RedisStorage, { link }: Lonely): Promise<void> {
  const before = link.accepted
  await until("it is asked twice", async () => {
    await storage.save("key", "on")
    return link.accepted > before + 1
  })
}

async function writesTo(server: RedisProcess, storage: RedisStorage): Promise<void> {
  await until("it writes there", async () => {
    await storage.save("key", 1)
    return holds(server)
  })
}

function open(...sentinels: readonly Lonely[]): RedisStorage {
  return new RedisStorage({ sentinel: addressesOf(...sentinels), prefix: "shop" })
}

async function holds(server: RedisProcess): Promise<boolean> {
  return (await server.ask("EXISTS", "{shop:0}r:key")) === 1
}

describeRedis("sentinels of which one is cut off from the others", () => {
  beforeAll(hurry)
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  test.concurrent("are all asked, and the one counts that knows of the latest failover", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    await using storage = open(outdated, current)
    await writesTo(primary, storage)
    await former.ask("FLUSHALL")
    await writeOn(storage, outdated)
    expect(await holds(former)).toBe(false)
    expect(await storage.load("key")).toBe("on")
  })

  test.concurrent("are not believed where only the outdated one can be asked", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    await using storage = open(current, outdated)
    await writesTo(primary, storage)
    await former.ask("FLUSHALL")
    current.link.refuse()
    await writeOn(storage, outdated)
    await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await storage.save("key", 2)
    expect(await holds(former)).toBe(false)
    expect(await storage.load("key")).toBe(2)
  })

  for (const others of [0, 1]) {
    test.concurrent(`are believed when all of them were made to forget, and ${others} is away`, async () => {
      await using split = await startSplit()
      const { former, primary, outdated, current } = split
      await using away = await startLonely(former, 1)
      away.link.refuse()
      await using storage = open(current, outdated, ...Array(others).fill(away))
      await writesTo(primary, storage)
      await former.ask("FLUSHALL")
      for (const { process } of [current, outdated]) {
        await process.ask("SENTINEL", "REMOVE", "main")
        await process.ask("SENTINEL", "MONITOR", "main", "127.0.0.1", String(former.port), "1")
      }
      await writesTo(former, storage)
    })
  }

  test.concurrent("are all asked before the first write, and at every connection", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    for (const order of [
      [outdated, current],
      [current, outdated],
    ]) {
      await using storage = open(...order)
      await storage.save("key", 1)
      await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      await storage.save("key", 2)
    }
    expect(await former.ask("DBSIZE")).toBe(0)
  })

  test.concurrent("may call the same primary by different names", async () => {
    await using split = await startSplit()
    const { former, primary, current } = split
    await using other = await startLonely(former, 2)
    await using storage = open(current, other)
    await storage.save("key", 1)
    // A busy machine may have it ask the second one at first.
    const [elsewhere, asked] = (await holds(primary)) ? [former, other] : [primary, current]
    await writeOn(storage, asked)
    expect(await holds(elsewhere)).toBe(false)
  })
})
