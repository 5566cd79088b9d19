import { PersistError } from "@persist/core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("RedisStorage.withLease", () => {
  let server: RedisProcess
  let one: RedisStorage
  let other: RedisStorage
  beforeAll(async () => {
    server = await startRedis()
    one = new RedisStorage({ url: server.url })
    other = new RedisStorage({ url: server.url })
  })
  afterAll(async () => {
    await one.close()
    await other.close()
    await server.stop()
  })

  test("lets one at a time in, each with a higher token", async () => {
    const tokens: number[] = []
    let inside = 0
    const work = ({ token }: { token: number }) => {
      expect(++inside).toBe(1)
      tokens.push(token)
      return new Promise<void>((resolve) => {
        setImmediate(() => {
          inside--
          resolve()
        })
      })
    }
    const runs = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? one : other).withLease("turns", work),
    )
    await Promise.all(runs)
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b))
    expect(new Set(tokens).size).toBe(10)
    expect(tokens[0]).toBeGreaterThan(Date.now() * 999)
  })

  test("says who holds it", async () => {
    await one.withLease("held", async () => {
      const refused = other.withLease("held", () => {}, { timeout: 0 })
      await expect(refused).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
        message: expect.stringContaining(`process ${process.pid}`),
      })
    })
  })

  test("is not waited for where the server refuses us", async () => {
    await server.ask("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+info", "+eval")
    const { port } = server
    for (const [login, why] of [
      ["reader:wrong", "credentials"],
      ["reader:secret", "access list"],
    ]) {
      await using refused = new RedisStorage({ url: `redis://${login}@127.0.0.1:${port}` })
      const leased = inTime(
        10_000,
        "it",
        refused.withLease("name", () => {}),
      )
      await expect(leased).rejects.toMatchObject({
        code: "ERR_PERSIST_CONNECTION",
        message: expect.stringContaining(why!),
      })
    }
  })

  test("outlives its ttl while it is renewed", async () => {
    const ttl = 3_000
    const ends = async () => Number(await server.ask("HGET", "{persist:0}l:renewed", "expires"))
    await one.withLease(
      "renewed",
      async ({ signal }) => {
        const first = await ends()
        const waiting = other.withLease("renewed", () => {}, { timeout: ttl * 1.1 })
        await expect(waiting).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
        expect(await ends()).toBeGreaterThan(first + ttl / 2)
        expect(signal.aborted).toBe(false)
      },
      { ttl },
    )
  })

  test("is lost when it is taken away, and its writes are fenced off", async () => {
    const lost = one.withLease(
      "lost",
      async ({ token, signal }) => {
        await server.ask("HSET", "{persist:0}l:lost", "nonce", "", "expires", "0")
        await other.withLease("lost", (lease) =>
          other.save("key", "theirs", { fence: lease.token }),
        )
        const late = one.save("key", "mine", { fence: token })
        await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_FENCED" })
        await until("the loss is told", () => signal.aborted)
        expect(PersistError.is(signal.reason, "ERR_PERSIST_LOCK_LOST")).toBe(true)
      },
      { ttl: 100 },
    )
    await expect(lost).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
    expect(await one.load("key")).toBe("theirs")
  })

  test("is refused on a closed storage", async () => {
    const closed = new RedisStorage({ url: server.url })
    await closed.save("key", 1)
    await closed.close()
    await expect(closed.withLease("name", () => {})).rejects.toMatchObject({
      code: "ERR_PERSIST_CLOSED",
    })
  })
})
