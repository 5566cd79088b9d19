import type { Change } from "@persist/core"
import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { opened } from "./support/opened.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"
import { Workload } from "./support/workload.ts"

const timeout = 1000
/** A machine that does much else may let a timer wait. */
const deadline = timeout + 1000

describeRedis("RedisStorage under faults", () => {
  let server: RedisProcess
  let proxy: TcpProxy
  let count = 0
  beforeAll(async () => {
    server = await startRedis({ appendonly: "yes", appendfsync: "always" })
    proxy = await TcpProxy.start({ port: server.port })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await server.stop()
  })

  const open = (limit: number = timeout) =>
    opened(
      new RedisStorage({
        url: `redis://127.0.0.1:${proxy.port}`,
        prefix: `f${++count}`,
        timeout: limit,
      }),
    )
  // For what must succeed, also on a machine that has much else to do.
  const patient = 4000

  /** Makes a fault under load; whatever was acknowledged must be there, and watchers must know of it. */
  async function under(fault: (load: Workload) => Promise<void>): Promise<void> {
    await using storage = await open()
    const end = new AbortController()
    const changes: Change[] = []
    const watching = (async () => {
      for await (const change of storage.watch({ signal: end.signal })) changes.push(change)
    })()
    const load = new Workload(storage, { deadline })
    await load.working()
    await fault(load)
    await load.working()
    console.log(await load.end())
    const isKnown = () => {
      const seen = new Set(changes.map(({ revision }) => revision))
      const hasGap = changes.some(({ type }) => type === "gap")
      return hasGap || load.revisions.isSubsetOf(seen)
    }
    await until("the watcher has seen everything, or is told of a gap", isKnown)
    end.abort()
    await watching
  }

  test("loses nothing when the server is killed and started again", () =>
    under(async (load) => {
      for (let round = 0; round < 3; round++) {
        await server.restart()
        await load.working()
      }
    }))

  test("settles in time and recovers when the server is stopped and goes on", () =>
    under(async (load) => {
      server.pause()
      await load.failing()
      server.resume()
    }))

  test("settles in time and recovers when the link swallows everything", () =>
    under(async (load) => {
      proxy.blackHole()
      await load.failing()
      await proxy.heal()
      await load.working()
      proxy.blackHole("replies")
      await load.failing()
      await proxy.heal()
    }))

  test("hardly notices connections that are cut", () =>
    under(async (load) => {
      for (let round = 0; round < 20; round++) {
        proxy.cut()
        await load.working()
      }
    }))

  test("recognises what it did when the reply is lost, and does nothing twice", async () => {
    await using storage = await open(patient)
    await storage.save("count", 0)
    for (let round = 1; round <= 10; round++) {
      const lost = proxy.dropReplyOnce(`r:count`)
      expect(await storage.update("count", (value) => Number(value) + 1)).toBe(round)
      await lost
      const replied = proxy.dropReplyOnce(`r:key`)
      const before = await storage.stat("key").catch(() => undefined)
      await replied
      const saved = proxy.dropReplyOnce(`r:key`)
      const entry = await storage.save("key", round, { ifRevision: before?.revision ?? null })
      await saved
      expect((await storage.stat("key"))?.revision).toBe(entry.revision)
    }
    const removed = proxy.dropReplyOnce(`r:key`)
    expect(await storage.delete("key")).toBe(true)
    await removed
    const made = proxy.dropReplyOnce(`r:version`)
    await storage.save("version", 1, { version: true })
    await made
    expect(await storage.versions("version")).toHaveLength(1)
    expect(await storage.load("count")).toBe(10)
  })

  test("lets nothing that was lost come after what was asked for since", async () => {
    await using storage = await open(patient)
    for (let round = 0; round < 10; round++) {
      const lost = proxy.dropRequestOnce("r:key")
      const older = storage.save("key", `older ${round}`)
      await lost
      // One in each turn, so that some come while the older one is looked for.
      const newer = []
      for (let index = 0; index < 50; index++) {
        newer.push(storage.save("key", index))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all([older, ...newer])
      expect(await storage.load("key")).toBe(49)
    }
  })

  test("does what it sent once when the request is lost", async () => {
    await using storage = await open(patient)
    await storage.save("count", 0)
    for (let round = 1; round <= 10; round++) {
      const lost = proxy.dropRequestOnce(`r:count`)
      expect(await storage.update("count", (value) => Number(value) + 1)).toBe(round)
      await lost
    }
  })

  test("what is aborted before the storage is open is not done after it", async () => {
    const end = new AbortController()
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = new RedisStorage({ url, prefix: `f${++count}`, timeout: "30s" })
    proxy.blackHole()
    const saving = storage.save("aborted", 1, { signal: end.signal })
    const behind = storage.save("key", 1)
    end.abort()
    await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await proxy.heal()
    await behind
    expect(await storage.list()).toEqual(["key"])
  })
})
