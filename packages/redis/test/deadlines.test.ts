import { getEventListeners } from "node:events"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Unreachable } from "../src/connection/endpoint.ts"
import { RedisStorage } from "../src/index.ts"
import { connectionsFor } from "../src/open-store.ts"
import { readOptions } from "../src/options.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { opened } from "./support/opened.ts"
import { freePort, type RedisProcess, startRedis } from "./support/redis-process.ts"
import { SilentLink } from "./support/silent-link.ts"

const timeout = 1_500
/** What a busy machine may add. */
const slack = 1_000

describeRedis("a stopped server", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("costs a signal that many operations share one listener, and none in the end", async () => {
    await using storage = await opened(new RedisStorage({ url: server.url }))
    const end = new AbortController()
    const listeners = () => getEventListeners(end.signal, "abort").length
    const { signal } = end
    server.pause()
    const all = [1, 2, 3].map((count) => [
      storage.save(`key/${count}`, count, { signal }),
      storage.load("key", { signal }),
      storage.update<number>("key", () => count, { signal }),
    ])
    expect(listeners()).toBe(1)
    end.abort()
    const settled = await Promise.allSettled(all.flat())
    server.resume()
    const codes = settled.map((one) => one.status === "rejected" && one.reason.code)
    expect(codes).toEqual(codes.map(() => "ERR_PERSIST_ABORTED"))
    expect(listeners()).toBe(0)
  })

  test("lets no operation wait past its deadline, and does nothing late", async () => {
    await using storage = await opened(new RedisStorage({ url: server.url, timeout }))
    await storage.save("key", "before")
    server.pause()
    const settling = Promise.allSettled([
      ...Array.from({ length: 50 }, (_, index) => storage.save(`late/${index}`, index)),
      storage.load("key"),
      storage.list(),
      storage.delete("key"),
    ])
    const settled = await inTime(timeout + slack, "everything", settling)
    const codes = settled.map((one) => (one.status === "rejected" ? one.reason.code : "done"))
    expect(new Set(codes.slice(0, 50))).toEqual(new Set(["ERR_PERSIST_INDETERMINATE"]))
    expect(codes.slice(50)).toEqual([
      ...["ERR_PERSIST_TIMEOUT", "ERR_PERSIST_TIMEOUT"],
      "ERR_PERSIST_INDETERMINATE",
    ])
    server.resume()
    await storage.save("key", "after")
    expect(await storage.load("key")).toBe("after")
  })

  test("holds up nobody who aborts", async () => {
    await using storage = new RedisStorage({ url: server.url })
    await storage.save("key", 1)
    await using unopened = new RedisStorage({ url: server.url })
    server.pause()
    const signal = AbortSignal.timeout(50)
    const calls = [
      storage.save("key", 2, { signal }),
      storage.load("key", { signal }),
      unopened.load("key", { signal }),
    ]
    for (const one of await inTime(slack, "each of them", Promise.allSettled(calls))) {
      expect(one).toMatchObject({ reason: { code: "ERR_PERSIST_ABORTED" } })
    }
    server.resume()
  })

  test("that goes on in time is hardly noticed", async () => {
    await using storage = new RedisStorage({ url: server.url, timeout: 4_000 })
    await storage.save("counter", 0)
    server.pause()
    const updates = Array.from({ length: 10 }, () =>
      storage.update<number>("counter", (count) => count! + 1),
    )
    const reading = storage.load("counter")
    setTimeout(() => server.resume(), 200)
    await Promise.all([...updates, reading])
    expect(await storage.load("counter")).toBe(10)
  })
})

describeRedis("a connection that falls silent", () => {
  const timeout = 3_000
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("right after it was made holds up nothing past its deadline", async () => {
    await using link = await SilentLink.start(server.port, "r:late")
    await using storage = new RedisStorage({ url: `redis://127.0.0.1:${link.port}`, timeout })
    await storage.save("key", 1)
    link.hold()
    const calls = [storage.load("late/1"), storage.save("late/2", 1), storage.delete("late/3")]
    const settling = inTime(1.15 * timeout, "each of them", Promise.allSettled(calls))
    // The next connection has been taken by then, and only waits for the greeting.
    setTimeout(() => link.release(), 0.7 * timeout)
    const settled = await settling
    expect(link.isSilent).toBe(true)
    const codes = settled.map((one) => (one.status === "rejected" ? one.reason.code : "done"))
    expect(codes).toEqual([
      "ERR_PERSIST_TIMEOUT",
      ...["ERR_PERSIST_INDETERMINATE", "ERR_PERSIST_INDETERMINATE"],
    ])
  })
})

test("a cluster that nobody reaches leaves no listener on a signal that lives longer", async () => {
  const settings = readOptions({ cluster: [`redis://127.0.0.1:${await freePort()}`] })
  const { topology } = connectionsFor(settings, scriptsFor(true))
  const { signal } = new AbortController()
  const ready = topology.ready(0, { until: performance.now() + 100, signal })
  await expect(ready).rejects.toBeInstanceOf(Unreachable)
  expect(getEventListeners(signal, "abort")).toEqual([])
  topology.close()
})
