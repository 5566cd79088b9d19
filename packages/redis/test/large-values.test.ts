import { randomBytes } from "node:crypto"
import { setImmediate } from "node:timers/promises"
import { TcpProxy } from "@persist/core/conformance"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

const sizes = [16 * 1024 - 2, 16 * 1024 - 1, 200_000, 512 * 1024, 3_000_000]

describeRedis("large values", () => {
  let server: RedisProcess
  let storage: RedisStorage
  let prefix: string
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    prefix = `large-${++count}`
    storage = new RedisStorage({ url: server.url, prefix })
  })
  afterEach(() => storage.close())
  const text = (size: number) => randomBytes(size).toString("base64").slice(0, size)
  const bodies = async () => (await server.ask("KEYS", `{${prefix}:0}b:*`)) as string[]

  test("come back whole, from either side of where they move out of their record", async () => {
    for (const size of sizes) {
      const value = text(size)
      const { size: stored } = await storage.save("key", value)
      expect(stored).toBe(size + 2)
      expect((await storage.stat("key"))?.size).toBe(size + 2)
      expect(await storage.load("key")).toBe(value)
    }
  })

  test("leave nothing behind when they are replaced or deleted", async () => {
    await storage.save("key", text(100_000))
    await storage.save("key", "small")
    await storage.save("other", text(1_000_000))
    await storage.delete("other")
    await until("the bodies are gone", async () => (await bodies()).length === 0)
    expect(await storage.load("key")).toBe("small")
  })

  test("have versions and backups of their own", async () => {
    const [first, second] = [text(50_000), text(60_000)]
    const { version } = await storage.save("history", first, { version: true })
    const { backup } = await storage.save("history", second, { backup: true })
    await storage.delete("history")
    expect(await storage.load("history", { version: version! })).toBe(first)
    expect(await storage.load("history", { version: backup! })).toBe(first)
    await storage.restore("history", version!)
    expect(await storage.load("history")).toBe(first)
    await storage.delete("history", { history: true })
    await until("the bodies are gone", async () => (await bodies()).length === 0)
  })

  test("that expire take their bytes with them in the end", async () => {
    await storage.save("brief", text(20_000), { ttl: 1_200 })
    expect(await storage.load("brief")).toHaveLength(20_000)
    await until("it has expired", async () => !(await storage.exists("brief")))
    const [body] = await bodies()
    expect(Number(await server.ask("PTTL", body!))).toBeGreaterThan(0)
  })

  test("are read as one of those that were saved while they are replaced", async () => {
    const values = ["a", "b", "c"].map((letter) => letter.repeat(600_000))
    await storage.save("race", values[0]!)
    const writing = (async () => {
      for (let round = 0; round < 15; round++) await storage.save("race", values[round % 3]!)
    })()
    for (let round = 0; round < 15; round++) {
      expect(values).toContain(await storage.load("race"))
    }
    await writing
  })

  test("above what the server is set to take are refused, and leave nothing", async () => {
    await using own = await startRedis({ "proto-max-bulk-len": "1mb" })
    await using small = new RedisStorage({ url: own.url })
    await expect(small.save("key", text(1_500_000))).rejects.toMatchObject({
      code: "ERR_PERSIST_LIMIT",
      message: expect.stringContaining("proto-max-bulk-len"),
    })
    expect(await small.list()).toEqual([])
  })

  test("let the small ones in between", async () => {
    const large = storage.save("large", text(8_000_000))
    let isDone = false
    void large.then(() => {
      isDone = true
    })
    await storage.save("small", 1)
    expect(isDone).toBe(false)
    await large
  })

  test("are there after a save that was aborted, whether or not it was done", async () => {
    const values = ["old", ..."abcdefgh"].map((letter) => letter.repeat(20_000))
    await storage.save("aborted", values[0])
    for (let round = 0; round < 80; round++) {
      const controller = new AbortController()
      const { signal } = controller
      const saving = storage.save("aborted", values[(round % 8) + 1], { signal }).catch(() => {})
      for (let turn = 0; turn < round % 10; turn++) await setImmediate()
      controller.abort()
      await saving
      expect(values).toContain(await storage.load("aborted"))
    }
  })

  test("stay for good when the answer to the staging of their bytes is lost", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    await using lossy = new RedisStorage({ url: `redis://127.0.0.1:${proxy.port}`, prefix: "lost" })
    await lossy.save("key", "small")
    const lost = proxy.dropReplyOnce("{lost:0}b:")
    await lossy.save("key", text(20_000))
    await lost
    const [body] = (await server.ask("KEYS", "{lost:0}b:*")) as string[]
    expect(await server.ask("PTTL", body!)).toBe(-1)
    await lossy.delete("key")
  })

  test("are whole when the answer to a piece of them is lost", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    await using lossy = new RedisStorage({ url, prefix: "pieces" })
    await lossy.save("key", "small")
    const value = Array.from({ length: 150_000 }, (_, index) => index)
    const lost = proxy.dropReplyOnce(scriptsFor(false).append.sha)
    await lossy.save("key", value)
    await lost
    expect(await lossy.load("key")).toEqual(value)
    await lossy.delete("key")
  })

  test("that lost their bytes on the server are told to be damaged", async () => {
    await storage.save("damaged", text(20_000))
    for (const body of await bodies()) await server.ask("DEL", body)
    await expect(storage.load("damaged")).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    await storage.save("damaged", text(20_000))
    expect(await storage.load("damaged")).toHaveLength(20_000)
    await storage.delete("damaged")
  })

  test("that lost a race are not left lying about", async () => {
    const { revision } = await storage.save("contended", "first")
    await storage.save("contended", "second")
    const late = storage.save("contended", text(30_000), { ifRevision: revision })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    await until("the bodies are gone", async () => (await bodies()).length === 0)
  })
})
