import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { outcomeScript } from "../src/scripts/outcome.ts"
import { AnsweringProxy } from "./support/answering-proxy.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("an operation whose answer was lost", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("is found where the server's clock was set forward since, or the caller has slept", async () => {
    const hour = 3_600_000
    const sent = Date.now() - hour
    for (const [index, operation] of ["mine", "other"].entries()) {
      const id = `${sent + 100 + index}-0`
      await server.ask("XADD", "{p:0}log", id, "s", "key", "o", operation)
    }
    const outcome = (...operations: string[]) =>
      server.ask("EVAL", outcomeScript.text, "1", "{p:0}log", "1", ...operations)
    const mine = ["mine", "2000", String(sent)]
    const theirs = ["theirs", "2000", String(sent + 101)]
    // As far as the time tells that has passed for the caller.
    const unknown = ["unknown", "2000", ""]
    const tooOld = ["gone", "2000", String(sent)]
    expect(await outcome(...mine)).toEqual([["FOUND", `${sent + 100}-0`]])
    expect(await outcome(...theirs)).toEqual([["ABSENT"]])
    expect(await outcome("mine", "2000", "")).toEqual([["ABSENT"]])
    expect(await outcome(...tooOld)).toEqual([["UNKNOWN"]])
    expect(await outcome(...unknown, ...mine, ...tooOld, ...theirs)).toEqual([
      ["ABSENT"],
      ["FOUND", `${sent + 100}-0`],
      ["UNKNOWN"],
      ["ABSENT"],
    ])
  })

  test("is found behind thousands of others, as far back as it may have been sent", async () => {
    const now = Number(((await server.ask("TIME")) as string[])[0]) * 1_000
    const fill = `for index = 0, 1999 do
      redis.call('XADD', KEYS[1], ARGV[1] + index .. '-0', 's', 'key', 'o', 'number' .. index)
    end`
    await server.ask("EVAL", fill, "1", "{q:0}log", String(now - 10_000))
    const outcome = (operation: string, sentFor: number) =>
      server.ask("EVAL", outcomeScript.text, "1", "{q:0}log", "1", operation, String(sentFor), "")
    const found = [["FOUND", `${now - 10_000}-0`]]
    expect(await outcome("number0", 60_000)).toEqual(found)
    expect(await outcome("number0", 20_000)).toEqual(found)
    // The log does not reach back to when it may have been sent; it does for one that was sent later.
    expect(await outcome("none", 60_000)).toEqual([["UNKNOWN"]])
    expect(await outcome("none", 5)).toEqual([["ABSENT"]])
  })

  test("is asked for together with all others of its connection", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = new RedisStorage({ url, prefix: "burst", timeout: "30s" })
    await storage.save("opened", 1)
    await server.ask("CONFIG", "RESETSTAT")
    const lost = proxy.dropReplyOnce("r:key/2500")
    const keys = Array.from({ length: 5_000 }, (_, index) => `key/${index}`)
    await Promise.all(keys.map((key) => storage.save(key, 1, { ifRevision: null })))
    await lost
    expect(await storage.list({ subfolder: "key" })).toHaveLength(5_000)
    const calls = /cmdstat_eval:calls=(\d+)/.exec(String(await server.ask("INFO", "commandstats")))
    expect(Number(calls?.[1])).toBeLessThan(10)
  })

  test("stays unknown where the server lets itself not be asked", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const allow = (...rules: string[]) => server.ask("ACL", "SETUSER", "app", ...rules)
    for (const refusal of [["resetpass", ">another"], ["-eval"]]) {
      await allow("reset", "on", ">secret", "~*", "&*", "+@all")
      const url = `redis://app:secret@127.0.0.1:${proxy.port}`
      await using storage = new RedisStorage({ url, prefix: `refused${refusal.length}` })
      const { revision } = await storage.save("key", 1)
      proxy.blackHole("replies")
      const saving = storage.save("key", 2)
      await until("it is done", async () => {
        const record = await server.ask("GET", `{refused${refusal.length}:0}r:key`)
        return !String(record).includes(revision.split(".")[1]!)
      })
      await allow(...refusal)
      proxy.cut()
      await proxy.heal()
      const error = await saving.then(
        () => expect.unreachable("it may not ask"),
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    }
  })

  test("is not asked for again where the server may still hold it", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const rules = ["reset", "on", ">secret", "~*", "&*", "+@all", "-client|kill"]
    await server.ask("ACL", "SETUSER", "app", ...rules)
    const url = `redis://app:secret@127.0.0.1:${proxy.port}`
    await using storage = new RedisStorage({ url, prefix: "held" })
    await storage.save("key", 1)
    proxy.blackHole()
    const saving = storage.save("key", 2)
    proxy.cut()
    await proxy.heal()
    await expect(saving).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      message: expect.stringContaining("may still hold"),
    })
    expect(await storage.load("key")).toBe(1)
  })

  test("is looked for from when it was sent, by the server's clock", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    await using storage = new RedisStorage({ url: `redis://127.0.0.1:${proxy.port}` })
    await storage.save("key", 1)
    await server.ask("CONFIG", "SET", "slowlog-log-slower-than", "0")
    const began = Date.now()
    const lost = proxy.dropReplyOnce("r:key")
    await storage.save("key", 2)
    await lost
    const slow = (await server.ask("SLOWLOG", "GET", "100")) as string[][][]
    const question = slow.map((entry) => entry[3]!).find(([name]) => name === "EVAL")
    // Two seconds for clocks that are not quite right, some more for a machine that was busy when it connected.
    const earliest = Number(question?.at(-1))
    expect(earliest).toBeLessThanOrEqual(Date.now() - 2_000)
    expect(earliest).toBeGreaterThan(began - 10_000)
  })

  test("is looked for again where the server is not ready at first", async () => {
    let isAsked = false
    const answer = (command: Buffer) => {
      if (isAsked || !command.includes("$4\r\nEVAL\r\n")) return undefined
      isAsked = true
      return "LOADING Redis is loading the dataset in memory"
    }
    await using answering = await AnsweringProxy.start(server.port, answer)
    await using proxy = await TcpProxy.start({ port: answering.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    await using storage = new RedisStorage({ url, prefix: "loading" })
    const { revision } = await storage.save("key", 1)
    const lost = proxy.dropReplyOnce("r:key")
    const saved = await storage.save("key", 2, { ifRevision: revision })
    await lost
    expect(isAsked).toBe(true)
    expect(saved.revision).toBe((await storage.stat("key"))?.revision)
  })
})
