import { CacheStorage } from "@persist/cache"
import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { RedisInvalidationBus, type RedisInvalidationBusOptions } from "../src/index.ts"
import { message, record } from "./support/bus-record.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { NearCacheProcess } from "./support/near-cache.ts"
import { startCluster } from "./support/redis-cluster.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { startSentinel } from "./support/redis-sentinel.ts"
import { until } from "./support/until.ts"

const urlOf = ({ port }: TcpProxy) => `redis://127.0.0.1:${port}`

describeRedis("RedisInvalidationBus", () => {
  let server: RedisProcess
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const open = (options: RedisInvalidationBusOptions = {}) =>
    new RedisInvalidationBus({ url: server.url, channel: `bus-${count}`, ...options })

  test("tells near caches of other processes what was changed, tags included", async () => {
    using one = await NearCacheProcess.start(server.url)
    using other = await NearCacheProcess.start(server.url)
    const holds = (...names: string[]) =>
      until(`the other cache holds ${names}`, async () => {
        const found = []
        for (const name of ["a", "b", "c", "d"]) if (await other.call("has", name)) found.push(name)
        return found.join() === names.join()
      })
    await other.call("set", "a", 1)
    await other.call("set", "b", 2, { tags: ["red"] })
    await other.call("set", "c", 3, { tags: ["blue"] })
    await other.call("set", "d", 4)
    await one.call("set", "a", 10)
    await holds("b", "c", "d")
    await one.call("deleteTag", "red")
    await holds("c", "d")
    await one.call("expireTag", "blue")
    await holds("d")
    await one.call("clear")
    await holds()
    // What one has, the other finds in the tier; what was cleared or invalidated, neither does.
    await one.call("set", "shared", 42)
    await one.call("flush")
    await until("it is found there", async () => (await other.call("fetch", "shared")) === 42)
    for (const gone of ["a", "b", "d"]) expect(await other.call("fetch", gone)).toBeUndefined()
  })

  test("loses nothing and forgets nothing over lost connections", async () => {
    count++
    await using proxy = await TcpProxy.start({ port: server.port })
    await using sender = open()
    await using receiver = open({ url: urlOf(proxy) })
    const heard = await record(receiver)
    const names = Array.from({ length: 500 }, (_, index) => index)
    for (const name of names) {
      await sender.publish(message(name))
      if (name % 100 === 50) proxy.cut()
    }
    await until("everything is heard", () => heard.length >= names.length)
    expect(heard).toEqual(names)
  })

  test("sends again what it has no answer to, in order", async () => {
    count++
    await using proxy = await TcpProxy.start({ port: server.port })
    await using sender = open({ url: urlOf(proxy) })
    await using receiver = open()
    const heard = await record(receiver)
    const lost = [proxy.dropReplyOnce('"name":2'), proxy.dropRequestOnce('"name":3')]
    for (const name of [1, 2, 3, 4]) await sender.publish(message(name))
    await Promise.all(lost)
    await until("everything is heard", () => heard.includes(4))
    expect(heard).toEqual([1, 2, 2, 3, 4])
  })

  test("says that messages were missed when the stream was trimmed meanwhile", async () => {
    count++
    await using proxy = await TcpProxy.start({ port: server.port })
    await using sender = open({ history: 1 })
    await using receiver = open({ url: urlOf(proxy) })
    const heard = await record(receiver)
    proxy.refuse()
    proxy.cut()
    await Promise.all(Array.from({ length: 1000 }, (_, name) => sender.publish(message(name))))
    await proxy.heal()
    await until("the last is heard", () => heard.includes(999))
    expect(heard[0]).toBe("missed")
    expect(heard.filter((one) => one === "missed")).toHaveLength(1)
  })

  test("says that messages were missed when the server has lost its memory", async () => {
    count++
    await using own = await startRedis()
    await using sender = open({ url: own.url })
    await using receiver = open({ url: own.url })
    const heard = await record(receiver)
    await sender.publish(message(1))
    await until("the first is heard", () => heard.includes(1))
    await own.restart()
    await sender.publish(message(2))
    await until("the next is heard, or known to be missed", () => heard.includes("missed"))
    await sender.publish(message(3))
    await until("the third is heard", () => heard.includes(3))
    expect(heard.slice(0, 2)).toEqual([1, "missed"])
  })

  test("lets no cache behind a black hole serve what was invalidated longer than staleAfter ago", async () => {
    count++
    const staleAfter = 400
    // A machine that does much else may let a timer wait.
    const bound = staleAfter + 1000
    const warnings: string[] = []
    await using proxy = await TcpProxy.start({ port: server.port })
    await using sender = open()
    await using receiver = open({
      url: urlOf(proxy),
      staleAfter,
      logger: { warn: (text) => warnings.push(text) },
    })
    const cache = new CacheStorage<string, number>({ bus: receiver })
    await record(receiver)
    cache.set("before", 1)
    proxy.blackHole()
    const forgets = (name: string) =>
      inTime(
        bound,
        "the cache",
        until("it forgets by itself", () => !cache.has(name)),
      )
    const forgotten = forgets("before")
    await sender.publish({ source: "other", kind: "key", name: "before" })
    await forgotten
    expect(warnings.join()).toContain(`nothing was heard of the server for ${staleAfter} ms`)
    // What is cached while the link is dead goes too, each time anew.
    for (let round = 0; round < 2; round++) {
      cache.set("during", round)
      await forgets("during")
    }
    await proxy.heal()
    const heard = await record(receiver)
    await sender.publish(message(7))
    await until("messages come again", () => heard.includes(7))
    cache.set("after", 1)
    await sender.publish({ source: "other", kind: "key", name: "after" })
    await until("the cache hears of it", () => !cache.has("after"))
  })

  test("rejects what could not be sent when it is closed", async () => {
    count++
    await using proxy = await TcpProxy.start({ port: server.port })
    proxy.refuse()
    const bus = open({ url: urlOf(proxy), staleAfter: 100 })
    const sent = expect(bus.publish(message(1))).rejects.toMatchObject({
      code: "ERR_PERSIST_CLOSED",
    })
    await bus.close()
    await sent
    await expect(bus.publish(message(1))).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test.each([
    { url: "http://127.0.0.1" },
    { url: "redis://127.0.0.1", cluster: ["redis://127.0.0.1"] },
    { cluster: [] },
    { channel: "" },
    { staleAfter: 10 },
    { logger: 5 },
    { staleAfter: "30d" },
    { history: 0 },
    { chanel: "x" } as object,
  ])("refuses %o", (options) => {
    expect(() => new RedisInvalidationBus(options)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  })

  describe.concurrent("when the server's place is taken by another", () => {
    test("finds it by the sentinels, and says that messages may have been missed", async () => {
      await using set = await startSentinel({ downAfter: 1000 })
      const nodes = set.sentinels.map(({ url }) => url)
      const options = { sentinel: { name: set.name, nodes }, staleAfter: 1000 }
      await failover(options, async () => (await set.master()).process.kill())
    })

    test("finds it in a cluster, and says that messages may have been missed", async () => {
      await using cluster = await startCluster({ nodeTimeout: 1000 })
      const options = { cluster: cluster.urls, staleAfter: 1000, channel: "bus" }
      const slot = Number(await cluster.nodes[0]!.process.ask("CLUSTER", "KEYSLOT", "bus"))
      await failover(options, async () => (await cluster.masterOf(slot)).process.kill())
    })
  })
})

async function failover(options: RedisInvalidationBusOptions, fail: () => Promise<void>) {
  await using sender = new RedisInvalidationBus(options)
  await using receiver = new RedisInvalidationBus(options)
  const heard = await record(receiver)
  await sender.publish(message(1))
  await until("the first is heard", () => heard.includes(1))
  await fail()
  await until("messages come again", async () => {
    await sender.publish(message(2))
    return heard.includes(2)
  })
  // What is answered late is sent twice.
  expect(heard.slice(heard.indexOf(1)).find((one) => one !== 1)).toBe("missed")
}
