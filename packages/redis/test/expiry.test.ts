import { PersistError } from "@persist/core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { keysOf } from "./support/keys-of.ts"
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

  for (const ahead of [-3_600_000, 3_600_000]) {
    test(`end when they did where they were damaged and recovered: our clock ${ahead} ms ahead`, async () => {
      const clock = () => Date.now() + ahead
      await using storage = new RedisStorage({ url: server.url, prefix: `ahead${ahead}`, clock })
      const { expiresAt } = await storage.save("key", "value", { ttl: "30m", version: true })
      const record = `{ahead${ahead}:0}r:key`
      const whole = String(await server.ask("GET", record))
      await server.ask("SET", record, whole.replace(/\n.*$/, "\n{"), "KEEPTTL")
      expect((await storage.loadEntry("key"))?.entry.recovered).toBeDefined()
      const after = await storage.loadEntry("key")
      expect(after).toMatchObject({ value: "value", entry: { expiresAt } })
      expect(after?.entry.recovered).toBeUndefined()
    })
  }

  test("of the history go, also where the clock of who keeps another copy was set back", async () => {
    const minute = 60_000
    const times = [100 * minute, 0]
    const [one, other] = times.map((_, index) => {
      const clock = () => 1_800_000_000_000 + times[index]!
      return new RedisStorage({ url: server.url, prefix: "setBack", maxAge: "1m", clock })
    }) as [RedisStorage, RedisStorage]
    await one.save("key", 1, { version: true })
    const old = await other.save("key", 2, { version: true })
    times[0] = 10 * minute
    const { version } = await one.save("key", 3, { version: true })
    const ids = (await one.versions("key")).map(({ id }) => id)
    expect(ids).toContain(version)
    expect(ids).not.toContain(old.version)
    await Promise.all([one.close(), other.close()])
  })

  test("leave the list and the entries, and end no watch, while the server takes no writes", async () => {
    await using storage = new RedisStorage({ url: server.url, prefix: "refusing" })
    await storage.save("kept", 1)
    const changes: string[] = []
    const end = new AbortController()
    const watching = (async () => {
      for await (const { type, key } of storage.watch({ signal: end.signal })) {
        changes.push(`${type} ${key}`)
      }
    })()
    const brief = Array.from({ length: 600 }, (_, index) => `brief/${index}`)
    await Promise.all(brief.map((key) => storage.save(key, 1, { ttl: 50 })))
    await until("the watch has begun", () => changes.length > 0)
    await server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    const isRefusing = (error: unknown) => PersistError.is(error, "ERR_PERSIST_IO")
    expect(await storage.save("other", 1).catch(isRefusing)).toBe(true)
    await until("all have ended", async () => !(await storage.exists("brief/599")))
    expect(await storage.list()).toEqual(["kept"])
    expect(await keysOf(storage.entries())).toEqual(["kept"])
    const swept = () =>
      server
        .ask("INFO", "commandstats")
        .then((all) => String(all).match(/cmdstat_evalsha:calls=(\d+)/)?.[1])
    const before = await swept()
    await until("the watch has looked for what has expired", async () => (await swept()) !== before)
    const keys = ["x", "log", "i"].map((name) => `{refusing:0}${name}`)
    const sweep = ["EVALSHA", scriptsFor(false).sweep.sha, "3", ...keys, "250", "10", "id"]
    // A watch looks every second: it is not sent all the names each time.
    expect(await server.ask(...sweep, "")).toBe(0)
    expect(await server.ask(...sweep, "1")).toHaveLength(brief.length)
    await server.ask("CONFIG", "SET", "min-replicas-to-write", "0")
    expect(await storage.list()).toEqual(["kept"])
    await until("the watch tells that they have ended", () =>
      brief.every((key) => changes.includes(`delete ${key}`)),
    )
    end.abort()
    await watching
  })
})
