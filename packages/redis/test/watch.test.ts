import type { Change } from "@persist/core"
import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { opened } from "./support/opened.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("RedisStorage.watch", () => {
  let server: RedisProcess
  let proxy: TcpProxy
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
    proxy = await TcpProxy.start({ port: server.port })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await server.stop()
  })
  const direct = (prefix: string) => new RedisStorage({ url: server.url, prefix, changes: 500 })

  /** Collects what a watch over the proxy tells, from when it is open. */
  async function watching(prefix: string, timeout = 1_000) {
    const url = `redis://127.0.0.1:${proxy.port}`
    // On an opened storage it begins at once, on a busy machine with a gap.
    const storage = await opened(new RedisStorage({ url, prefix, timeout }))
    const changes: Change[] = []
    const following = (async () => {
      for await (const change of storage.watch()) changes.push(change)
    })()
    await storage.save("begun", 1)
    await until("the watch has begun", () => changes.some(({ key }) => key === "begun"))
    changes.length = 0
    const close = async () => {
      await storage.close()
      await following
    }
    return { storage, changes, [Symbol.asyncDispose]: close }
  }

  test("misses nothing over lost connections, and tells nothing twice", async () => {
    const prefix = `w${++count}`
    await using writer = direct(prefix)
    await writer.save("first", 0)
    await using watch = await watching(prefix)
    const revisions: string[] = []
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 40; index++) {
        revisions.push((await writer.save(`key/${index}`, round)).revision)
        if (index === 20) proxy.cut()
      }
    }
    await until("everything is told", () => watch.changes.length >= revisions.length)
    expect(watch.changes.map(({ revision }) => revision)).toEqual(revisions)
  })

  test("tells of every save after its call, also when the storage was not open yet", async () => {
    for (let round = 0; round < 20; round++) {
      await using storage = direct(`w${++count}`)
      const changes = storage.watch({ subfolder: "inbox" })[Symbol.asyncIterator]()
      const saved = Promise.all([storage.save("inbox/a", 1), storage.save("inbox/b", 2)])
      // Others may have changed something while it was opened.
      expect((await changes.next()).value).toEqual({ type: "gap", key: "" })
      const keys = [(await changes.next()).value, (await changes.next()).value]
      expect(keys.map((change) => (change as Change).key).sort()).toEqual(["a", "b"])
      await saved
    }
  })

  test("a watch that is given up before the storage is open holds nothing", async () => {
    await using storage = direct(`w${++count}`)
    const ends = new AbortController()
    const changes = storage.watch({ signal: ends.signal })[Symbol.asyncIterator]()
    const first = changes.next()
    ends.abort()
    await first.catch(() => {})
    await storage.save("key", 1)
    expect(await storage.load("key")).toBe(1)
    expect(await server.ask("PUBSUB", "CHANNELS", `*w${count}*`)).toEqual([])
  })

  test("tells of a gap when the log was trimmed, and goes on from there", async () => {
    const prefix = `w${++count}`
    await using writer = direct(prefix)
    await writer.save("first", 0)
    await using watch = await watching(prefix)
    proxy.blackHole()
    const saves = Array.from({ length: 3_000 }, (_, index) => writer.save("key", index))
    await Promise.all(saves)
    await proxy.heal()
    await until("the gap is told", () => watch.changes.some(({ type }) => type === "gap"))
    await writer.save("after", 1)
    await until("it goes on", () => watch.changes.some(({ key }) => key === "after"))
  })

  test("keeps up with a thousand saves at a time of its own storage", async () => {
    const prefix = `w${++count}`
    await using first = new RedisStorage({ url: server.url, prefix, changes: 6_000 })
    await first.save("laid out", 0)
    await using watch = await watching(prefix, 30_000)
    let left = 20_000
    const saving = async (key: string) => {
      while (left-- > 0) await watch.storage.save(key, left)
    }
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => saving(`key/${index}`)))
    await watch.storage.save("last", 0)
    await until("everything is told", () => watch.changes.at(-1)?.key === "last")
    expect(watch.changes.filter(({ type }) => type !== "save")).toEqual([])
    expect(watch.changes.length).toBe(20_001)
  })

  test("tells of a gap when everything was lost", async () => {
    const prefix = `w${++count}`
    await using writer = direct(prefix)
    await writer.save("first", 0)
    await using watch = await watching(prefix)
    await server.ask("FLUSHALL")
    await until("the gap is told", () => watch.changes.some(({ type }) => type === "gap"))
    await writer.save("after", 1)
    await until("it goes on", () => watch.changes.some(({ key }) => key === "after"))
  })

  test("tells of a gap when everything was lost within the millisecond of what it saw last", async () => {
    const prefix = `w${++count}`
    await using watch = await watching(prefix)
    const again = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
redis.call('DEL', KEYS[1])
redis.call('XADD', KEYS[1], last[1], 's', 'another', 'o', 'other')`
    await server.ask("EVAL", again, "1", `{${prefix}:0}log`)
    const isTold = () => watch.changes.some(({ type }) => type === "gap")
    await until("the gap is told", isTold)
  })

  test("tells of values that expire", async () => {
    const prefix = `w${++count}`
    await using watch = await watching(prefix)
    await watch.storage.save("brief", 1, { ttl: 200 })
    const isTold = () => watch.changes.some(({ type, key }) => type === "delete" && key === "brief")
    await until("its end is told", isTold)
    expect(watch.changes.map(({ type }) => type)).toEqual(["save", "delete"])
  })

  test("counts no load as what a subscriber is too slow to take", async () => {
    const prefix = `w${++count}`
    await using watch = await watching(prefix)
    await watch.storage.save("large", "x".repeat(2_000_000))
    const listening = async () => {
      const answer = String(await server.ask("PUBSUB", "NUMSUB", `{${prefix}:0}log`))
      return answer.endsWith(",1")
    }
    await until("it listens", listening)
    await server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100000 0 0")
    const before = proxy.accepted
    const loads = await Promise.all(Array.from({ length: 20 }, () => watch.storage.load("large")))
    expect(new Set(loads.map((load) => (load as string).length))).toEqual(new Set([2_000_000]))
    expect(proxy.accepted).toBe(before)
    await server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 33554432 8388608 60")
  })

  test("leaves nothing subscribed behind", async () => {
    const prefix = `w${++count}`
    await using storage = direct(prefix)
    await storage.exists("opened")
    const end = new AbortController()
    const { signal } = end
    const changes = storage.watch({ signal })[Symbol.asyncIterator]()
    await storage.save("key", 1)
    await changes.next()
    const channel = `{${prefix}:0}log`
    const listeners = async () => String(await server.ask("PUBSUB", "NUMSUB", channel))
    await until("it listens", async () => (await listeners()) === `${channel},1`)
    end.abort()
    await until("it listens no more", async () => (await listeners()) === `${channel},0`)
    const connected = async () => String(await server.ask("INFO", "clients"))
    const two = "connected_clients:2\r"
    await until("it and who asks are connected", async () => (await connected()).includes(two))
  })

  test("asks as much for many watches as for one", async () => {
    await using storage = await opened(direct(`w${++count}`))
    const end = new AbortController()
    const told = new Map<number, string[]>()
    const many = 300
    const following = Array.from({ length: many }, async (_, index) => {
      const keys: string[] = []
      told.set(index, keys)
      const watch = storage.watch({ subfolder: `of/${index % 2}`, signal: end.signal })
      for await (const { key } of watch) keys.push(key)
    })
    const isTold = (key: string) => [...told.values()].every((keys) => keys.includes(key))
    const saveBoth = (key: string) =>
      Promise.all([0, 1].map((half) => storage.save(`of/${half}/${key}`, 1)))
    await until("all have begun", async () => {
      await saveBoth("begun")
      return isTold("begun")
    })
    const calls = async (command: string) => {
      const all = String(await server.ask("INFO", "commandstats"))
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(all)?.[1])
    }
    const [reads, sweeps] = [await calls("xrange"), await calls("evalsha")]
    await saveBoth("key")
    await until("all are told", () => isTold("key"))
    await storage.save("brief", 1, { ttl: 1 })
    const swept = () => server.ask("ZCARD", `{w${count}:0}x`)
    await until("what has expired is looked for", async () => (await swept()) === 0)
    expect((await calls("xrange")) - reads).toBeLessThan(many / 3)
    expect((await calls("evalsha")) - sweeps).toBeLessThan(many / 3)
    end.abort()
    await Promise.all(following)
  })

  test("listens anew when the connection that listens is lost", async () => {
    const prefix = `w${++count}`
    await using _ = await watching(prefix)
    const listening = async () =>
      String(await server.ask("PUBSUB", "NUMSUB", `{${prefix}:0}log`)).endsWith(",1")
    await until("it listens", listening)
    const before = proxy.accepted
    await server.ask("CLIENT", "KILL", "TYPE", "pubsub")
    await until("it has connected again", () => proxy.accepted > before)
    await until("it listens again", listening)
  })

  test("tells of a gap where what others did since the call cannot be told", async () => {
    const prefix = `w${++count}`
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = await opened(new RedisStorage({ url, prefix }))
    await using writer = direct(prefix)
    const changes = storage.watch()[Symbol.asyncIterator]()
    proxy.blackHole("requests")
    const first = changes.next()
    const called = performance.now()
    await until("a beginning has taken long", async () => {
      await writer.save("missed", 1)
      return performance.now() - called > 150
    })
    await proxy.heal()
    expect((await first).value).toEqual({ type: "gap", key: "" })
  })

  test("gives each watch a change of its own", async () => {
    await using storage = await opened(direct(`w${++count}`))
    const end = new AbortController()
    const told: string[][] = [[], []]
    const following = told.map(async (keys) => {
      for await (const change of storage.watch({ signal: end.signal })) {
        keys.push(change.key)
        Object.assign(change, { key: "spoilt" })
      }
    })
    await until("both have begun", async () => {
      await storage.save("begun", 1)
      return told.every((keys) => keys.includes("begun"))
    })
    await storage.save("key", 1)
    await until("both are told", () => told.every((keys) => keys.includes("key")))
    expect(told.flat()).not.toContain("spoilt")
    end.abort()
    await Promise.all(following)
  })
})
