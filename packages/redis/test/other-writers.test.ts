import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { outcomeScript } from "../src/scripts/outcome.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { AnsweringProxy } from "./support/answering-proxy.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

interface Value {
  readonly count: number
  readonly filling: string
}

describeRedis("a write that meets what others did meanwhile", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  const open = (prefix: string, options: RedisStorageOptions = {}) =>
    new RedisStorage({ url: server.url, prefix, ...options })

  const long = "x".repeat(30_000)
  const updates = {
    "nothing else": [{}, ""],
    "a ttl": [{ ttl: "1h" }, ""],
    "a backup": [{ backup: true }, ""],
    "a version, of which some are kept": [{ version: true }, ""],
    "a fence": [{ fence: 7 }, ""],
    "a large value": [{}, long],
    "a large value and a ttl": [{ ttl: "1h" }, long],
  } as const
  for (const [name, [options, filling]] of Object.entries(updates)) {
    test(`goes on from that: an update with ${name}`, async () => {
      await using storage = open(name.replaceAll(" ", "-"), { keep: { versions: 2 } })
      await using other = open(name.replaceAll(" ", "-"))
      const value = (count: number): Value => ({ count, filling })
      await storage.save("key", value(1))
      const seen: number[] = []
      const change = async ({ count } = value(0)) => {
        seen.push(count)
        if (count === 1) await other.save("key", value(10))
        if (count === 10) await other.delete("key")
        return value(count + 1)
      }
      expect(await storage.update<Value>("key", change, options)).toEqual(value(1))
      expect(seen).toEqual([1, 10, 0])
      expect(await other.load("key")).toEqual(value(1))
    })
  }

  test("gives up in time, and when it is aborted: an update that meets others again and again", async () => {
    await using storage = open("contended")
    await using other = open("contended")
    let count = 0
    const change = async () => {
      await other.save("key", ++count)
      return "never"
    }
    await expect(storage.update("key", change, { timeout: 150 })).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: expect.stringContaining("met another writer at every attempt"),
    })
    expect(count).toBeGreaterThan(1)
    const end = new AbortController()
    const updating = storage.update("key", change, { signal: end.signal })
    const before = count
    await until("it has met some", () => count > before + 5)
    end.abort()
    await expect(updating).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await other.load("key")).toBe(count)
  })

  test("makes a backup of that: a delete", async () => {
    const { sha } = scriptsFor(false).remove
    let isHeld = true
    let turnedAway = 0
    await using proxy = await AnsweringProxy.start(server.port, (command) => {
      if (!isHeld || !command.includes(sha)) return undefined
      turnedAway++
      return "BUSY Redis is busy running a script."
    })
    await using storage = open("held", { url: `redis://127.0.0.1:${proxy.port}` })
    await using other = open("held")
    // It has seen that there is nothing to be backed up.
    await storage.save("opened", 1)
    const deleting = storage.delete("key", { backup: true })
    await until("it was turned away", () => turnedAway > 0)
    await other.save("key", "saved since")
    isHeld = false
    expect(await deleting).toBe(true)
    const [backup, ...more] = await other.backups("key")
    expect(more).toEqual([])
    expect(await other.load("key", { version: backup!.id })).toBe("saved since")
  })

  for (const ttl of [undefined, "1h"] as const) {
    test(`knows by the value that it was done, where the log was evicted: ttl ${ttl}`, async () => {
      // What asks for the outcome waits until that is so.
      let isHeld = true
      let turnedAway = 0
      await using answering = await AnsweringProxy.start(server.port, (command) => {
        const isAsking = command.includes("EVAL\r\n") && command.includes(outcomeScript.text)
        if (!isHeld || !isAsking) return undefined
        turnedAway++
        return "BUSY Redis is busy running a script."
      })
      await using losing = await TcpProxy.start({ port: answering.port })
      const prefix = `evicted-${ttl}`
      await using storage = open(prefix, { url: `redis://127.0.0.1:${losing.port}` })
      await storage.save("opened", 1)
      const lost = losing.dropReplyOnce("r:key")
      const saving = storage.save("key", 1, { ttl })
      await lost
      await until("it is asked for", () => turnedAway > 0)
      const record = await server.ask("GET", `{${prefix}:0}r:key`)
      await server.ask("DEL", `{${prefix}:0}log`)
      isHeld = false
      const { revision } = await saving
      expect(await server.ask("GET", `{${prefix}:0}r:key`)).toBe(record)
      expect((await storage.stat("key"))?.revision).toBe(revision)
      expect(await server.ask("XLEN", `{${prefix}:0}log`)).toBe(0)
    })
  }

  test("keeps only so much of what was damaged", async () => {
    await using storage = open("damaged")
    for (let round = 0; round < 12; round++) {
      await storage.save("key", round, { version: true })
      const record = String(await server.ask("GET", "{damaged:0}r:key"))
      await server.ask("SET", "{damaged:0}r:key", record.replace(/\n.*$/, `\n{${round}`))
      expect(await storage.load("key")).toBe(round)
    }
    const copies = (await server.ask("HKEYS", "{damaged:0}c:key")) as string[]
    expect(copies.filter((name) => name.startsWith("d"))).toHaveLength(10)
  })

  test("is shown what is there where what it remembered makes it throw", async () => {
    await using storage = open("stale")
    await using other = open("stale")
    await storage.update("key", () => "mine")
    await other.save("key", "theirs")
    const change = (value: string | undefined) => {
      if (value !== "theirs") throw new Error(`It was shown ${value}.`)
      return `${value}, and mine`
    }
    expect(await storage.update("key", change)).toBe("theirs, and mine")
  })
})
