import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { acquireScript, releaseScript, renewScript } from "../src/scripts/lease.ts"
import type { Script } from "../src/scripts/script.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

const key = "{persist:0}l:name"
const ttl = 10_000
const hour = 3_600_000
const start = 1_800_000_000_000

/** What the scripts answer on a server whose clock is set as one likes. */
describeRedis("a lease on a clock that is set", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.ask("FLUSHALL")
    await server.ask("HSET", "{persist:0}manifest", "shards", "1")
  })

  const run = (now: number, { text }: Script, ...rest: readonly string[]) => {
    const time = `{'${Math.floor(now / 1000)}', '${(now % 1000) * 1000}'}`
    return server.ask("EVAL", text.replace("redis.call('TIME')", time), "1", key, ...rest)
  }
  /** For how long it is held by another; 0 when it was granted. */
  const heldFor = async (now: number, nonce = "other") => {
    const answer = await run(now, acquireScript, nonce, String(ttl), nonce, "1")
    const [isGranted, number] = answer as [number, string]
    return isGranted === 1 ? 0 : Number(number)
  }
  const renew = (now: number, nonce = "dead") => run(now, renewScript, nonce, String(ttl))

  test("ends its time after its holder was first asked after on one that was set back", async () => {
    expect(await heldFor(start, "dead")).toBe(0)
    expect(await renew(start + 4000)).toBe(1)
    expect(await heldFor(start - hour)).toBe(ttl)
    expect(await heldFor(start - hour + ttl - 1)).toBe(1)
    expect(await heldFor(start - hour + ttl)).toBe(0)
    expect(await heldFor(start - hour + ttl, "third")).toBe(ttl)
  })

  test("goes on while it is renewed, and can be released", async () => {
    expect(await heldFor(start, "alive")).toBe(0)
    expect(await heldFor(start - hour)).toBe(ttl)
    expect(await renew(start - hour + 9000, "alive")).toBe(1)
    expect(await heldFor(start - hour + 9000)).toBe(ttl)
    expect(await heldFor(start - hour + 18_999)).toBe(1)
    // The answer to a request that was repeated.
    expect(await heldFor(start - 2 * hour, "alive")).toBe(0)
    expect(await heldFor(start - 2 * hour + ttl - 1)).toBe(1)
    expect(await run(start - 3 * hour, releaseScript, "alive")).toBe(1)
    expect(await heldFor(start - 3 * hour)).toBe(0)
  })

  test("is not over before its time on one that was set right again, or back once more", async () => {
    expect(await heldFor(start, "alive")).toBe(0)
    expect(await heldFor(start + 1000 - hour)).toBe(ttl)
    expect(await heldFor(start + 2000)).toBe(8000)
    expect(await heldFor(start + 3000 - 2 * hour)).toBe(ttl)
    expect(await heldFor(start + 9999)).toBe(1)
    expect(await heldFor(start + 10_000)).toBe(0)
  })

  test("lasts as it did where a version wrote it that notes no clock", async () => {
    expect(await heldFor(start, "dead")).toBe(0)
    expect(await heldFor(start - hour)).toBe(ttl)
    const expires = start - hour + 60_000
    await server.ask("HSET", key, "nonce", "older", "expires", String(expires))
    expect(await heldFor(start - hour + 30_000)).toBe(30_000)
    expect(await heldFor(expires - 2 * hour)).toBe(2 * hour)
    await server.ask("HDEL", key, "clock")
    expect(await heldFor(expires - 2 * hour)).toBe(2 * hour)
    expect(await heldFor(expires)).toBe(0)
  })

  test("is refused by a full server as before, without the note", async () => {
    expect(await heldFor(start, "dead")).toBe(0)
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    expect(await heldFor(start - hour)).toBe(ttl)
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    expect(await heldFor(start - hour + 5000)).toBe(ttl)
  })
})
