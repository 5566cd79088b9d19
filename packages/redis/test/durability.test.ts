import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { Unreachable } from "../src/connection/endpoint.ts"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { connectionsFor } from "../src/open-store.ts"
import { readOptions } from "../src/options.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { askUntil } from "./support/ask.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { opened } from "./support/opened.ts"
import { memoryOnly, type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("durability", () => {
  let primary: RedisProcess
  let replica: RedisProcess
  beforeAll(async () => {
    primary = await startRedis()
    replica = await startRedis({ ...memoryOnly, replicaof: `127.0.0.1 ${primary.port}` })
    await askUntil(primary.port, ["INFO", "replication"], (answer) => /state=online/.test(answer))
  })
  afterAll(async () => {
    await replica.stop()
    await primary.stop()
  })
  const open = (options: RedisStorageOptions = {}) =>
    opened(new RedisStorage({ url: primary.url, durability: "replicated", ...options }))

  test("replicated: what is acknowledged is on a replica", async () => {
    await using storage = await open()
    for (let round = 0; round < 20; round++) {
      const { revision } = await storage.save("key", round)
      const record = String(await replica.ask("GET", "{persist:0}r:key"))
      expect(record).toContain(` ${revision.split(".")[1]} `)
      expect(record.split("\n")[1]).toBe(String(round))
    }
    expect(await storage.delete("key")).toBe(true)
    expect(await replica.ask("EXISTS", "{persist:0}r:key")).toBe(0)
  })

  test("replicated: many writes wait together, on a connection of their own", async () => {
    await using storage = await open()
    await storage.save("key", 0)
    await primary.ask("CONFIG", "RESETSTAT")
    await Promise.all(Array.from({ length: 500 }, (_, index) => storage.save(`k/${index}`, index)))
    const statistics = String(await primary.ask("INFO", "commandstats"))
    const waits = Number(/cmdstat_wait:calls=(\d+)/.exec(statistics)?.[1])
    expect(waits).toBeGreaterThan(0)
    expect(waits).toBeLessThan(100)
  })

  test("replicated: a write that no replica confirms is indeterminate, and reads go on", async () => {
    await using storage = await open({ timeout: 1_000 })
    await storage.save("key", "before")
    replica.pause()
    const unconfirmed = inTime(1_500, "the save", storage.save("key", "after"))
    const loading = storage.load("key")
    await expect(unconfirmed).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    expect(await loading).toBe("after")
    replica.resume()
    await storage.save("key", "again")
  })

  test("replicated: more replicas than there are never confirm", async () => {
    await using storage = await open({ replicas: 2, timeout: 1_000 })
    const { signal } = new AbortController()
    for (const options of [{}, { signal }]) {
      await expect(storage.save("key", 1, options)).rejects.toMatchObject({
        code: "ERR_PERSIST_INDETERMINATE",
        message: expect.stringContaining("fewer than 2 replicas"),
      })
    }
  })

  test("replicated: a write that is found after its answer was lost has to be confirmed too", async () => {
    await using proxy = await TcpProxy.start({ port: primary.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = await open({ url, replicas: 2, timeout: 1_000 })
    const lost = proxy.dropReplyOnce("r:found")
    const saving = storage.save("found", 1)
    await lost
    await expect(saving).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      message: expect.stringContaining("fewer than 2 replicas"),
    })
    expect(await storage.load("found")).toBe(1)
  })

  test("replicated: what is given up by then holds nothing up after the end", async () => {
    const settings = readOptions({ url: primary.url, durability: "replicated", replicas: 2 })
    const { topology, replication } = connectionsFor(settings, scriptsFor(false))
    const until = performance.now() + 60_000
    const link = await topology.ready(0, { until, signal: undefined })
    const calls = [replication!.confirm(link, "{persist:0}", until)]
    replication!.close()
    topology.close()
    calls.push(replication!.confirm(link, "{persist:0}", until))
    for (const call of await inTime(5_000, "both", Promise.allSettled(calls))) {
      expect(call).toMatchObject({ reason: { code: "ERR_PERSIST_INDETERMINATE" } })
    }
    const reconnecting = topology.ready(0, { until, signal: undefined })
    await expect(inTime(5_000, "a connection", reconnecting)).rejects.toBeInstanceOf(Unreachable)
  })

  test("replicated: a full server has deletes and leases confirmed too", async () => {
    await using storage = await open({ timeout: 3_000 })
    await storage.save("key", 1)
    const ends = async () => Number(await replica.ask("HGET", "{persist:0}l:full", "expires"))
    await storage.withLease(
      "full",
      async () => {
        const atFirst = await ends()
        await primary.ask("CONFIG", "SET", "maxmemory", "1")
        expect(await storage.delete("key")).toBe(true)
        expect(await replica.ask("EXISTS", "{persist:0}r:key")).toBe(0)
        await vi.waitFor(async () => expect(await ends()).toBeGreaterThan(atFirst), 10_000)
      },
      { ttl: 5_000 },
    )
    await primary.ask("CONFIG", "SET", "maxmemory", "0")
    await storage.save("key", 2)
  })

  test("replicated: a write says at once where the server does not let it be confirmed", async () => {
    const user = ["on", ">secret", "~*", "&*", "+@all", "-wait"]
    await primary.ask("ACL", "SETUSER", "impatient", ...user)
    const url = primary.url.replace("//", "//impatient:secret@")
    await using storage = await open({ url, timeout: 60_000 })
    const saving = inTime(20_000, "the save", storage.save("key", 1))
    await expect(saving).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      message: expect.stringContaining("NOPERM"),
    })
    expect(await storage.load("key")).toBe(1)
  })

  test("replicated: a write says at once where the connection for that is refused", async () => {
    await using storage = await open({ timeout: 60_000 })
    await storage.load("key")
    await primary.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try {
      const saving = inTime(20_000, "the save", storage.save("key", 1))
      await expect(saving).rejects.toMatchObject({
        code: "ERR_PERSIST_INDETERMINATE",
        message: expect.stringContaining("maxmemory-policy is allkeys-lru"),
      })
    } finally {
      await primary.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    }
    await storage.save("key", 2)
  })

  test("replicated: holds for updates and leases too", async () => {
    await using storage = await open()
    const value = await storage.withLease("name", ({ token }) =>
      storage.update<number>("counter", (count) => (count ?? 0) + 1, { fence: token }),
    )
    expect(value).toBe(1)
    expect(await replica.ask("EXISTS", "{persist:0}l:name")).toBe(1)
  })

  test("replicated: a lease that no replica has is not held", async () => {
    await using storage = await open({ timeout: 300 })
    replica.pause()
    try {
      let isHeld = false
      const work = () => {
        isHeld = true
      }
      const working = storage.withLease("alone", work, { timeout: 1_000 })
      await expect(working).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
      expect(isHeld).toBe(false)
    } finally {
      replica.resume()
    }
  })

  test("replicated: closes the connection that waits for replicas too", async () => {
    const storage = await open()
    await storage.save("key", 1)
    await storage.close()
    await until("only who asks is connected", async () => {
      return String(await primary.ask("INFO", "clients")).includes("connected_clients:1\r")
    })
  })
})
