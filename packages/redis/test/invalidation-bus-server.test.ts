import { readFileSync } from "node:fs"
import { join } from "node:path"
import { TcpProxy } from "@persist/core/conformance"
import { createClient } from "redis"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openBusConnection } from "../src/cache/bus-connection.ts"
import { parseAddress } from "../src/connection/address.ts"
import { connectTo } from "../src/connection/connect.ts"
import { RedisInvalidationBus, type RedisInvalidationBusOptions } from "../src/index.ts"
import { AnsweringProxy } from "./support/answering-proxy.ts"
import { message, record } from "./support/bus-record.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("the server of a RedisInvalidationBus", () => {
  let server: RedisProcess
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const open = (options: RedisInvalidationBusOptions = {}) =>
    new RedisInvalidationBus({ url: server.url, channel: `bus-${count}`, ...options })

  test("hears on where the stream was removed and the clock of the server set back", async () => {
    count++
    await using sender = open()
    await using receiver = open({ staleAfter: 1_500 })
    const heard = await record(receiver)
    const tomorrow = `${Date.now() + 86_400_000}-0`
    const entry = ["p", "0-0", "m", JSON.stringify(message(1))]
    await server.ask("XADD", `bus-${count}`, tomorrow, ...entry)
    await until("the first is heard", () => heard.includes(1))
    await server.ask("DEL", `bus-${count}`)
    await sender.publish(message(2))
    await until("the second is heard, or known to be missed", () => heard.includes("missed"))
    await sender.publish(message(3))
    await until("the third is heard", () => heard.includes(3))
    expect(heard.filter((one) => one === "missed")).toHaveLength(1)
  })

  test("misses nothing where the stream is removed between two messages of a millisecond", async () => {
    count++
    const client = createClient({ url: server.url }).on("error", () => {})
    await client.connect()
    await using sender = open()
    await using receiver = open()
    const heard = await record(receiver)
    for (let round = 0; round < 40; round++) {
      const [older, newer, last] = [3 * round, 3 * round + 1, 3 * round + 2]
      const hearing = new Promise<void>((resolve) => {
        const stop = receiver.subscribe(
          ({ name }) => {
            if (name !== older) return
            stop()
            resolve()
          },
          () => {},
        )
      })
      const published = sender.publish(message(older))
      await hearing
      const removed = client.del(`bus-${count}`)
      await Promise.all([published, removed, sender.publish(message(newer))])
      await sender.publish(message(last))
      await until("the last is heard", () => heard.includes(last))
      // Whether the newer one is heard after all depends on chance.
      expect(heard.slice(heard.indexOf(older))).toContain("missed")
    }
    client.destroy()
  })

  test("is found through any node of its cluster, and again once its connections are lost", async () => {
    count++
    let asked = 0
    await using other = await AnsweringProxy.start(server.port, (command) => {
      if (!/XREVRANGE|EVAL/.test(String(command))) return undefined
      asked++
      return `MOVED 42 127.0.0.1:${server.port}`
    })
    const cluster = [`redis://127.0.0.1:${other.port}`]
    // A busy machine may be silent for longer than the default.
    const options = { url: undefined, cluster, staleAfter: "5m" } as const
    await using sender = open(options)
    await using receiver = open(options)
    const heard = await record(receiver)
    await sender.publish(message(1))
    await until("the first is heard", () => heard.includes(1))
    expect(asked).toBe(2)
    await server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await sender.publish(message(2))
    await until("the second is heard", () => heard.includes(2))
    await until("both have been sent on again", () => asked === 4)
    expect(heard).toEqual([1, 2])
  })

  test("takes messages also where it is full, since values can be deleted there", async () => {
    count++
    await using sender = open()
    await using receiver = open()
    const heard = await record(receiver)
    await sender.publish(message(1))
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    try {
      await inTime(20_000, "the message", sender.publish(message(2)))
      await until("both are heard", () => heard.includes(2))
    } finally {
      await server.ask("CONFIG", "SET", "maxmemory", "0")
    }
  })

  test("needs no more of an access list than the README gives", async () => {
    count++
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
    const paragraph = /A user of an access list for the bus needs.*/.exec(readme)![0]
    const rules = [...paragraph.matchAll(/`([~&+][^`]*)`/g)].flatMap(([, rule]) => rule!.split(" "))
    expect(rules).toContain("~persist:bus")
    const own = rules.map((rule) => rule.replace("persist:bus", `bus-${count}`))
    await server.ask("ACL", "SETUSER", "bus", "reset", "on", ">secret", ...own)
    await server.ask("ACL", "LOG", "RESET")
    const url = `redis://bus:secret@127.0.0.1:${server.port}`
    await using bus = open({ url })
    const heard = await record(bus)
    await bus.publish(message(1))
    await until("it is heard", () => heard.includes(1))
    expect(await server.ask("ACL", "LOG")).toEqual([])
  })

  test("waits for no connection that is being made when it is closed", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    proxy.blackHole()
    const end = new AbortController()
    const address = parseAddress(`redis://127.0.0.1:${proxy.port}`)
    const opening = openBusConnection(address, connectTo, 60_000, end.signal)
    await until("it connects", () => proxy.accepted === 1)
    end.abort(new Error("the end"))
    await expect(inTime(5_000, "the opening", opening)).rejects.toThrow("the end")
  })

  test("keeps no connection that was being made when it was closed", async () => {
    await using proxy = await TcpProxy.start({ port: server.port })
    const end = new AbortController()
    const opening = openBusConnection(
      parseAddress(`redis://127.0.0.1:${proxy.port}`),
      connectTo,
      60_000,
      end.signal,
    )
    end.abort(new Error("the end"))
    await expect(opening).rejects.toThrow("the end")
    await until("it is there", () => proxy.accepted === 1)
    await until("it has gone", () => proxy.connections === 0)
  })
})
