import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { keysOf } from "./support/keys-of.ts"
import { startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("an access list", () => {
  test("as the README gives it is enough", async () => {
    await using server = await startRedis()
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
    const paragraph = /A user of an access list needs.*/.exec(readme)![0]
    const rules = [...paragraph.matchAll(/`([~&+][^`]*)`/g)].flatMap(([, rule]) => rule!.split(" "))
    const alone = rules
      .filter((rule) => !/cluster|asking/.test(rule))
      .map((rule) => rule.replace("{prefix:", "{shop:"))
    expect(alone.length).toBeGreaterThan(8)
    await server.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", ...alone)
    const url = `redis://app:secret@127.0.0.1:${server.port}`
    const options = { url, prefix: "shop", evictionPolicy: "noeviction" } as const
    await using storage = new RedisStorage(options)
    const { version } = await storage.save("key", 1, { version: true, ttl: "1m" })
    const changes = storage.watch()[Symbol.asyncIterator]()
    await storage.update<number>("key", (value) => value! + 1, { backup: true })
    await storage.update<number>("key", (value) => value! + 1)
    // A busy machine may let the watch begin with a gap.
    const told = [(await changes.next()).value, (await changes.next()).value]
    expect(told).toContainEqual(expect.objectContaining({ type: "save", key: "key" }))
    await storage.save("large", "x".repeat(100_000))
    expect(await storage.load("large")).toHaveLength(100_000)
    await storage.restore("key", version!)
    await storage.withLease("name", ({ token }) => storage.save("key", 3, { fence: token }))
    expect(await storage.list()).toEqual(["key", "large"])
    await storage.delete("key", { history: true })
    const kills = String(await server.ask("ACL", "LOG"))
    expect(kills).toBe("")
    await using foreign = new RedisStorage({ ...options, prefix: "other" })
    await expect(foreign.save("key", 1)).rejects.toMatchObject({
      code: "ERR_PERSIST_CONNECTION",
      message: expect.stringContaining("access list"),
    })
  })

  test("that hides a record is named by a listing, which does not tell it as damaged", async () => {
    await using server = await startRedis()
    await using storage = new RedisStorage({ url: server.url })
    for (const key of ["hidden/a", "shown/b"]) await storage.save(key, 1)
    const keys = ["log", "i", "x", "manifest", "r:shown/*"].map((name) => `~{persist:0}${name}`)
    await server.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", "+@all", ...keys)
    await using limited = new RedisStorage({ url: `redis://app:secret@127.0.0.1:${server.port}` })
    expect(await keysOf(limited.entries({ subfolder: "shown" }))).toEqual(["b"])
    await expect(keysOf(limited.entries())).rejects.toMatchObject({
      code: "ERR_PERSIST_CONNECTION",
      message: expect.stringContaining("access list"),
    })
  })

  test("that hides the bytes of an old version leaves all old ones as they are", async () => {
    await using server = await startRedis()
    await using storage = new RedisStorage({ url: server.url })
    for (const letter of ["a", "b", "c"]) {
      await storage.save("key", letter.repeat(30_000), { version: true })
    }
    const members = (await server.ask("ZRANGE", "{persist:0}h:key", "0", "-1")) as string[]
    const [first, , last] = members.map((member) => `b:${member.split(" ")[2]}`)
    const current = String(await server.ask("GET", "{persist:0}r:key")).split(" ")[6]!
    const keys = ["[^b]*", first, last, `b:${current}`].map((name) => `~{persist:0}${name}`)
    await server.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", "+@all", "&*", ...keys)
    const url = `redis://app:secret@127.0.0.1:${server.port}`
    await using limited = new RedisStorage({ url, keep: { versions: 1 } })
    await limited.save("key", "small", { version: true })
    const load = ({ id }: { id: string }) => storage.load<string>("key", { version: id })
    const values = await Promise.all((await storage.versions("key")).map(load))
    expect(values.map((value) => value?.[0])).toEqual(["a", "b", "c", "s"])
  })

  test("that lets a watch listen later has it listen then", async () => {
    await using server = await startRedis()
    await server.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", "+@all", "~*")
    const url = `redis://app:secret@127.0.0.1:${server.port}`
    await using storage = new RedisStorage({ url })
    const told: string[] = []
    const following = (async () => {
      for await (const { key } of storage.watch()) told.push(key)
    })()
    await until("it is told all the same", async () => {
      await storage.save("key", 1)
      return told.includes("key")
    })
    expect(JSON.stringify(await server.ask("ACL", "LOG"))).toContain("subscribe")
    await server.ask("ACL", "SETUSER", "app", "&{persist:*")
    const channel = "{persist:0}log"
    await until("it listens", async () => {
      return String(await server.ask("PUBSUB", "NUMSUB", channel)) === `${channel},1`
    })
    await storage.close()
    await following
  })
})
