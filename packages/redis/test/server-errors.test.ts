import { once } from "node:events"
import { type AddressInfo, createConnection, createServer } from "node:net"
import { PersistError } from "@persist/core"
import { createClient } from "redis"
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("what the server refuses", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(() => server.ask("FLUSHALL"))
  const open = (options: RedisStorageOptions = {}) =>
    new RedisStorage({ url: server.url, timeout: 10_000, ...options })
  const failure = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => expect.unreachable("it did not fail"),
      (reason: unknown) => reason,
    )
    expect(PersistError.is(error)).toBe(true)
    return error as PersistError
  }

  test("a key of another type is named as what it is, and nothing is written", async () => {
    await using storage = open()
    await storage.save("other", 1)
    for (const name of ["r:key", "log", "i"]) {
      await server.ask("DEL", `{persist:0}${name}`)
      await server.ask("LPUSH", `{persist:0}${name}`, "foreign")
      const error = await failure(storage.save("key", 1))
      expect(error.code).toBe("ERR_PERSIST_CORRUPT")
      expect(error.message).toContain("prefix")
      const left = String(await server.ask("KEYS", "*r:key"))
      expect(left).toBe(name === "r:key" ? "{persist:0}r:key" : "")
      await server.ask("DEL", `{persist:0}${name}`)
    }
  })

  const large = "x".repeat(30_000)
  const needing: Record<string, (storage: RedisStorage) => Promise<unknown>> = {
    "x: a save with ttl": (storage) => storage.save("key", 2, { ttl: "1h" }),
    "x: a save without, where there was one": (storage) => storage.save("brief", 2),
    "x: a large one": (storage) => storage.save("brief", large),
    "f: a save with fence": (storage) => storage.save("key", 2, { fence: 1 }),
    "f: a save of a new key": (storage) => storage.save("new", 2),
    "manifest: a save of a new key": (storage) => storage.save("new", 2),
    "h:key: a backup": (storage) => storage.save("key", 2, { backup: true }),
    "c:key: a backup": (storage) => storage.save("key", 2, { backup: true }),
    "i: a delete": (storage) => storage.delete("key"),
    "x: a delete": (storage) => storage.delete("brief"),
    "f: a delete with fence": (storage) => storage.delete("key", { fence: 1 }),
    "h:key: a delete with its history": (storage) => storage.delete("key", { history: true }),
    "c:key: a delete with a backup": (storage) => storage.delete("key", { backup: true }),
  }
  for (const [name, write] of Object.entries(needing)) {
    test(`a key of another type is noticed before anything is written: ${name}`, async () => {
      await using storage = open()
      await storage.save("key", 1)
      await storage.save("brief", 1, { ttl: "1h" })
      const foreign = `{persist:0}${name.slice(0, name.indexOf(": "))}`
      await server.ask("DEL", foreign)
      await server.ask("LPUSH", foreign, "foreign")
      const changes = await server.ask("XLEN", "{persist:0}log")
      expect((await failure(write(storage))).code).toBe("ERR_PERSIST_CORRUPT")
      expect(await server.ask("XLEN", "{persist:0}log")).toBe(changes)
      expect(await storage.load("key")).toBe(1)
      expect(await storage.load("brief")).toBe(1)
      const kept = foreign.endsWith("h:key") || foreign.endsWith("c:key") ? 1 : 0
      expect(await server.ask("EXISTS", "{persist:0}h:key", "{persist:0}c:key")).toBe(kept)
    })
  }

  test("what is foreign in the place of a value is replaced by a save, and goes with a delete", async () => {
    await using storage = open()
    await storage.save("opened", 1)
    for (const ttl of [undefined, "1h"] as const) {
      await server.ask("SET", "{persist:0}r:key", "foreign")
      const first = storage.save("key", 1, { ttl, ifRevision: null })
      expect((await failure(first)).code).toBe("ERR_PERSIST_CONFLICT")
      await storage.save("key", 1, { ttl })
      expect(await storage.load("key")).toBe(1)
      await server.ask("SET", "{persist:0}r:key", "foreign")
      expect(await storage.delete("key")).toBe(true)
      expect(await storage.exists("key")).toBe(false)
      expect(await storage.list()).toEqual(["opened"])
    }
  })

  test("a listing tells all others before it fails for what is foreign", async () => {
    await using storage = open()
    for (const key of ["a", "b", "c", "d"]) await storage.save(key, 1)
    await server.ask("SET", "{persist:0}r:a", "foreign")
    await server.ask("DEL", "{persist:0}r:c")
    await server.ask("LPUSH", "{persist:0}r:c", "foreign")
    const told: string[] = []
    const listing = (async () => {
      for await (const { key } of storage.entries()) told.push(key)
    })()
    const error = await failure(listing)
    expect(error).toMatchObject({ code: "ERR_PERSIST_CORRUPT", key: "a" })
    expect(told).toEqual(["b", "d"])
  })

  test("a version that cannot be saved leaves no copy behind", async () => {
    await using storage = open()
    const names = ["log", "i", "h:key", "c:key"]
    for (const [index, name] of [...names, ...names].entries()) {
      await server.ask("FLUSHALL")
      await server.ask("LPUSH", `{persist:0}${name}`, "foreign")
      const ttl = index < names.length ? {} : ({ ttl: "1h" } as const)
      const error = await failure(storage.save("key", 1, { version: true, ...ttl }))
      expect(error.code).toBe("ERR_PERSIST_CORRUPT")
      const left = await server.ask("KEYS", "{persist:0}[^m]*")
      expect(left).toEqual([`{persist:0}${name}`])
    }
  })

  test("a full server says so, and takes writes again later", async () => {
    await using storage = open()
    await storage.save("key", 1)
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    const error = await failure(storage.save("key", 2))
    expect(error.code).toBe("ERR_PERSIST_IO")
    expect(error.message).toContain("maxmemory")
    expect(error.key).toBe("key")
    expect(await storage.load("key")).toBe(1)
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    await storage.save("key", 3)
    expect(await storage.load("key")).toBe(3)
  })

  test("a full server still lets values be deleted, and leases be kept and given back", async () => {
    await using storage = open()
    await storage.save("small", 1)
    await storage.save("large", "x".repeat(100_000), { backup: true })
    await storage.withLease(
      "busy",
      async ({ signal }) => {
        await server.ask("CONFIG", "SET", "maxmemory", "1")
        expect((await failure(storage.save("other", 1))).code).toBe("ERR_PERSIST_IO")
        expect(await storage.delete("small")).toBe(true)
        expect(await storage.delete("large", { history: true })).toBe(true)
        expect(await storage.delete("never", { fence: 7 })).toBe(false)
        expect(await storage.list()).toEqual([])
        const ends = async () => Number(await server.ask("HGET", "{persist:0}l:busy", "expires"))
        const atFirst = await ends()
        await vi.waitFor(async () => expect(await ends()).toBeGreaterThan(atFirst), 5_000)
        expect(signal.aborted).toBe(false)
      },
      { ttl: 1_200 },
    )
    expect(await server.ask("HGET", "{persist:0}l:busy", "nonce")).toBe("")
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    expect((await failure(storage.save("never", 1, { fence: 6 }))).code).toBe("ERR_PERSIST_FENCED")
  })

  test("a database that is not there is refused at once", async () => {
    await using storage = open({ url: `${server.url}/99`, timeout: 60_000 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_INVALID_OPTION")
    expect(error.message).toContain("database")
  })

  test("one that is too old is refused at once", async () => {
    const old = createServer((socket) => {
      const link = createConnection(server.port, "127.0.0.1").on("error", () => {})
      socket.pipe(link)
      link.on("data", (bytes) => {
        const text = bytes.toString("latin1").replace(/redis_version:\d/, "redis_version:5")
        socket.write(text, "latin1")
      })
      link.on("close", () => socket.destroy())
      socket.on("error", () => {}).on("close", () => link.destroy())
    }).listen(0, "127.0.0.1")
    await once(old, "listening")
    const { port } = old.address() as AddressInfo
    await using storage = open({ url: `redis://127.0.0.1:${port}`, timeout: 60_000 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_UNSUPPORTED")
    expect(error.message).toContain("6.2")
    await storage.close()
    old.close()
  })

  test("one without a command that is needed says so, and one that is not told scripts beforehand works", async () => {
    await using bare = await startRedis({ "rename-command": ['EVALSHA ""'] })
    await using storage = open({ url: bare.url, timeout: 60_000 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_UNSUPPORTED")
    expect(error.message).toContain("EVALSHA")
    await using silent = await startRedis({ "rename-command": ['SCRIPT ""', 'CONFIG ""'] })
    await using other = open({ url: silent.url })
    await other.save("key", 1, { version: true, ttl: "1h" })
    expect(await other.update<number>("key", (value) => value! + 1)).toBe(2)
    await server.ask("ACL", "SETUSER", "told", "on", ">p", "~*", "&*", "+@all", "-script")
    await using forbidden = open({ url: `redis://told:p@127.0.0.1:${server.port}` })
    await forbidden.save("key", 1)
    expect(await forbidden.load("key")).toBe(1)
  })

  test("a watch that may not read the log says so, instead of telling nothing", async () => {
    await server.ask("ACL", "SETUSER", "blind", "on", ">p", "~*", "&*", "+@all", "-xrange")
    await using storage = open({ url: `redis://blind:p@127.0.0.1:${server.port}` })
    await storage.save("key", 1)
    const watching = (async () => {
      for await (const { type } of storage.watch()) expect(type).toBe("gap")
    })()
    const error = await failure(inTime(5_000, "the watch", watching))
    expect(error.code).toBe("ERR_PERSIST_CONNECTION")
    expect(error.message).toContain("access list")
  })

  test("a watch of an empty log, and reads of an emptied server, wait until it takes writes", async () => {
    await using storage = open({ prefix: "empty" })
    expect(await storage.load("key")).toBeUndefined()
    await server.ask("DEL", "{empty:0}manifest")
    await server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    const refused = async () => {
      const errors = String(await server.ask("INFO", "errorstats"))
      return Number(/errorstat_NOREPLICAS:count=(\d+)/.exec(errors)?.[1] ?? 0)
    }
    const before = await refused()
    const told: string[] = []
    const end = new AbortController()
    const watching = (async () => {
      for await (const { type, key } of storage.watch({ signal: end.signal })) {
        told.push(`${type} ${key}`)
      }
    })()
    await until("it could not begin", async () => (await refused()) > before)
    const began = performance.now()
    await until(
      "a read has looked whether the prefix has changed, as it does each second",
      async () => {
        expect(await storage.load("key")).toBeUndefined()
        return performance.now() > began + 1_100
      },
    )
    await server.ask("CONFIG", "SET", "min-replicas-to-write", "0")
    await until("the watch has begun", () => told.length > 0)
    await storage.save("key", 1)
    await until("the save is told", () => told.includes("save key"))
    expect(told[0]).toBe("gap ")
    end.abort()
    await watching
  })

  test("a script of somebody else holds everything up, but ends no connection", async () => {
    await using storage = open({ timeout: 20_000 })
    await storage.save("key", 1)
    await server.ask("CONFIG", "SET", "busy-reply-threshold", "1")
    const operator = await createClient({ url: server.url }).connect()
    const other = await createClient({ url: server.url }).connect()
    const connected = async () =>
      /total_connections_received:(\d+)/.exec(await operator.info("stats"))![1]
    const before = await connected()
    // It goes on until it is ended, and a minute at most.
    const loop = "repeat local now = redis.call('TIME') until now[1] * 1000 + now[2] / 1000 >= "
    const busy = operator.sendCommand(["EVAL", `${loop}${Date.now() + 60_000}`, "0"])
    const isEnded = expect(busy).rejects.toThrow("killed")
    const isBusy = () =>
      other.ping().then(
        () => false,
        (error: Error) => error.message.startsWith("BUSY"),
      )
    await until("the server is busy", isBusy)
    const updating = storage.update<number>("key", (value) => value! + 1)
    // The update is told so too.
    for (let time = 0; time < 20; time++) expect(await isBusy()).toBe(true)
    await other.sendCommand(["SCRIPT", "KILL"])
    expect(await updating).toBe(2)
    await isEnded
    expect(await connected()).toBe(before)
    operator.destroy()
    other.destroy()
  })

  test("a replica is not written to", async () => {
    const replica = await startRedis({ replicaof: `127.0.0.1 ${server.port}` })
    await using storage = open({ url: replica.url, timeout: 1_000 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_CONNECTION")
    expect(error.message).toContain("replica")
    await replica.stop()
  })

  test("wrong credentials are refused at once, and never shown", async () => {
    await server.ask("ACL", "SETUSER", "app", "on", ">right", "~*", "&*", "+@all")
    const operator = await createClient({ url: server.url }).connect()
    await operator.configSet("requirepass", "needed")
    for (const login of ["", ":wr0ng-secret@", "app:wr0ng-secret@", "nobody:wr0ng-secret@"]) {
      const url = `redis://${login}127.0.0.1:${server.port}`
      const places = [{ url }, { cluster: [url] }, { sentinel: { name: "main", nodes: [url] } }]
      for (const place of places) {
        await using storage = new RedisStorage({ ...place, timeout: 20_000 })
        const error = await failure(inTime(5_000, "the load", storage.load("key")))
        expect(error.code).toBe("ERR_PERSIST_CONNECTION")
        expect(error.message).toContain("credentials")
        const told = `${error.stack} ${JSON.stringify(error)} ${(error.cause as Error)?.stack}`
        expect(told).not.toContain("wr0ng-secret")
      }
    }
    await operator.configSet("requirepass", "")
    operator.destroy()
    await using storage = open({ url: `redis://app:right@127.0.0.1:${server.port}` })
    await storage.save("key", 1)
  })

  test("a server in protected mode says so at once", async () => {
    const denied =
      "-DENIED Redis is running in protected mode because no password is set. 1) Disable it\r\n"
    const closed = createServer((socket) => socket.on("error", () => {}).end(denied))
    await once(closed.listen(0, "127.0.0.1"), "listening")
    const { port } = closed.address() as AddressInfo
    await using storage = open({ url: `redis://127.0.0.1:${port}`, timeout: 60_000 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_CONNECTION")
    expect(error.message).toContain("protected-mode")
    closed.close()
  })

  test("a server that is not there is said to be unreachable", async () => {
    await using storage = open({ url: "redis://127.0.0.1:1", timeout: 300 })
    const error = await failure(storage.save("key", 1))
    expect(error.code).toBe("ERR_PERSIST_CONNECTION")
    expect(error.message).toContain("nothing was done")
    expect(error.message).toContain("ECONNREFUSED")
  })

  test("a prefix that a newer version has laid out is left alone", async () => {
    await server.ask("HSET", "{persist:0}manifest", "layout", "2", "shards", "1", "changes", "1")
    await using storage = open()
    expect((await failure(storage.save("key", 1))).code).toBe("ERR_PERSIST_NEWER")
    await server.ask("DEL", "{persist:0}manifest")
    await storage.save("key", 1)
  })

  test("scripts that were forgotten are told again", async () => {
    await using storage = open()
    await storage.save("key", 1)
    await server.ask("SCRIPT", "FLUSH")
    await Promise.all([storage.save("key", 2), storage.save("other", 1, { version: true })])
    expect(await storage.list()).toEqual(["key", "other"])
  })
})
