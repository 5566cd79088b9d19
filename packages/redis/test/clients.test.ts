import type { Change } from "@persist/core"
import { createClient, createCluster, createSentinel } from "redis"
import { expect, test } from "vitest"
import { RedisInvalidationBus, RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startCluster } from "./support/redis-cluster.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { startSentinel } from "./support/redis-sentinel.ts"
import { until } from "./support/until.ts"

const login = { username: "shop", password: "a:b@c/d" }
const allowLogin = (server: RedisProcess) =>
  server.ask("ACL", "SETUSER", login.username, "on", `>${login.password}`, "~*", "&*", "+@all")

/** How often each user is connected to the servers. */
async function usersOf(servers: readonly RedisProcess[], name: string): Promise<number> {
  const lists = await Promise.all(servers.map((server) => server.ask("CLIENT", "LIST")))
  const lines = lists.flatMap((list) => String(list).split("\n"))
  return lines.filter((line) => line.includes(` user=${name} `)).length
}

async function exercise(storage: RedisStorage): Promise<void> {
  const keys = Array.from({ length: 100 }, (_, index) => `key/${index}`)
  const end = new AbortController()
  const changes: Change[] = []
  const watching = (async () => {
    for await (const change of storage.watch({ signal: end.signal })) changes.push(change)
  })()
  await Promise.all(keys.map((key) => storage.save(key, key)))
  await storage.update("key/7", (value) => `${value}!`)
  await storage.save("large", "x".repeat(100_000), { version: true })
  expect(await storage.load("key/7")).toBe("key/7!")
  expect((await storage.list()).filter((key) => key !== "large")).toEqual(keys.toSorted())
  await until("the watch has seen them", () => {
    const seen = new Set(changes.map(({ key }) => key))
    return keys.every((key) => seen.has(key))
  })
  end.abort()
  await watching
}

/** Whether a message goes from one bus to another. */
async function carries(bus: RedisInvalidationBus): Promise<void> {
  const heard: unknown[] = []
  bus.subscribe(
    ({ name }) => heard.push(name),
    () => {},
  )
  await until("a message has come", async () => {
    await bus.publish({ source: "test", kind: "key", name: "told" })
    return heard.includes("told")
  })
}

describeRedis("a client of the caller's", () => {
  test("of a cluster says where the nodes are, and who logs in", async () => {
    await using cluster = await startCluster()
    const servers = cluster.nodes.map(({ process }) => process)
    await Promise.all(servers.map(allowLogin))
    const behind = new Map(cluster.nodes.map(({ link, process }) => [link.port, process.port]))
    const asked = new Set<string>()
    const client = createCluster({
      rootNodes: [{ url: servers[1]!.url }, { socket: { port: servers[2]!.port } }],
      defaults: login,
      nodeAddressMap: (address) => {
        asked.add(address)
        const port = behind.get(Number(address.split(":")[1]))
        return port === undefined ? undefined : { host: "localhost", port }
      },
    })
    await using storage = new RedisStorage({ client })
    await exercise(storage)
    const announced = new Set(cluster.urls.map((url) => url.slice("redis://".length)))
    expect(asked.size).toBeGreaterThanOrEqual(3)
    expect(asked.isSubsetOf(announced)).toBe(true)
    expect(await usersOf(servers, login.username)).toBe(3)
    expect(client.isOpen).toBe(false)
    await using bus = new RedisInvalidationBus({ client })
    await carries(bus)
    expect(await usersOf(servers, login.username)).toBe(5)
    expect(await usersOf(servers, "default")).toBeLessThan(20)
  })

  test("of sentinels says where they are, and who logs in at the server", async () => {
    await using set = await startSentinel()
    const servers = set.nodes.map(({ process }) => process)
    await Promise.all(servers.map(allowLogin))
    const client = createSentinel({
      name: set.name,
      sentinelRootNodes: set.sentinels.map(({ host, port }) => ({ host, port })),
      nodeClientOptions: { ...login, database: 3 },
    })
    await using storage = new RedisStorage({ client, durability: "replicated" })
    await exercise(storage)
    const master = await set.master()
    expect(await usersOf([master.process], login.username)).toBe(2)
    expect(String(await master.process.ask("INFO", "keyspace"))).toMatch(/db3:keys=\d{3}/)
    await using bus = new RedisInvalidationBus({ client })
    await carries(bus)
  })

  test("of one server also carries the messages of a bus", async () => {
    await using server = await startRedis()
    await allowLogin(server)
    const client = createClient({ url: server.url, ...login, commandsQueueMaxLength: 2 })
    await using storage = new RedisStorage({ client })
    await exercise(storage)
    await using bus = new RedisInvalidationBus({ client })
    await carries(bus)
    expect(await usersOf([server], login.username)).toBe(3)
  })

  const foreign: Record<string, object> = {
    "an object of another package": { duplicate() {}, disconnect() {} },
    "one whose duplicates are made otherwise": {
      ...{ duplicate() {}, destroy() {}, sendCommand() {}, masters: [] },
    },
    "sentinels whose duplicates are made otherwise": {
      ...{ duplicate() {}, destroy() {}, sendCommand() {}, getSentinelNode() {} },
    },
  }
  for (const [name, client] of Object.entries(foreign)) {
    test(`is refused when it is ${name}, and told what to do instead`, () => {
      expect(() => new RedisStorage({ client: client as never })).toThrow(
        expect.objectContaining({
          code: "ERR_PERSIST_INVALID_OPTION",
          message: expect.stringMatching(/package "redis", made by create/),
        }),
      )
    })
  }
})
