import { once } from "node:events"
import { type AddressInfo, connect, createServer } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { TcpProxy } from "@persist/core/conformance"
import type { Kysely } from "kysely"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

describeEngines("a server that does not answer", (engine) => {
  if (engine.name !== "postgres" && engine.name !== "mariadb") {
    test("is none: the engine is part of this process", () => {
      expect(["sqlite", "memory", "pglite"]).toContain(engine.name)
    })
    return
  }
  const sleep = engine.name === "postgres" ? "select pg_sleep(60)" : "select sleep(60)"
  let proxy: TcpProxy
  let options: DatabaseOptions
  let direct: DatabaseStorage
  const open = (given: DatabaseOptions = {}) => {
    const url = new URL(options.connection!)
    url.port = String(proxy.port)
    return new DatabaseStorage({ ...options, connection: url.href, ...given })
  }

  beforeEach(async () => {
    options = await engine.fresh()
    proxy = await TcpProxy.start({ port: Number(new URL(options.connection!).port) })
    direct = new DatabaseStorage(options)
    await direct.executeSql("create table t (n int)")
  })
  afterEach(async () => {
    await direct.close()
    await proxy[Symbol.asyncDispose]()
  })
  const rows = async () => (await direct.executeSql("select n from t order by n")).rows

  test("fails a read in time, and is used again when it answers", async () => {
    const database = open({ timeout: 300 })
    for (let time = 0; time < 4; time++) await database.executeSql("select n from t")
    proxy.blackHole()
    await expect(database.executeSql("select n from t")).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: expect.stringContaining("300 ms"),
    })
    await expect(database.executeSql("select n from t")).rejects.toMatchObject({
      code: "ERR_PERSIST_CONNECTION",
    })
    await proxy.heal()
    expect((await database.executeSql("select n from t")).rows).toEqual([])
    await database.close()
  })

  test("leaves the fate of a write open, and says so", async () => {
    const database = open({ timeout: 300 })
    await database.executeSql("select 1")
    proxy.blackHole("replies")
    await expect(database.executeSql("insert into t values (1)")).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
    })
    await expect.poll(rows).toEqual([{ n: 1 }])
    await database.close()
  })

  test("leaves the fate of a commit open, and undoes what did not get so far", async () => {
    const database = open({ timeout: 300 })
    const lost = database.getSession(async () => {
      await database.executeSql("insert into t values (1)")
      proxy.blackHole()
    })
    await expect(lost).rejects.toMatchObject({ code: "ERR_PERSIST_INDETERMINATE" })
    await proxy.heal()
    const stuck = database.getSession(async () => {
      await database.executeSql("insert into t values (2)")
      proxy.blackHole()
      await database.executeSql("insert into t values (3)")
    })
    await expect(stuck).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    await proxy.heal()
    const certain = (await rows()).filter(({ n }) => n !== 1)
    expect(certain).toEqual([])
    await database.close()
  })

  test("keeps neither a session with a time limit of its own nor close() waiting", async () => {
    const database = open({ timeout: "2s" })
    const running = database.getSession(
      async () => {
        await database.executeSql("insert into t values (1)")
        proxy.blackHole()
        await database.executeSql("insert into t values (2)")
      },
      { timeout: 100 },
    )
    await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    await proxy.heal()
    await database.executeSql("select 1")
    proxy.blackHole()
    await database.close()
    expect(database.statistics().open).toBe(0)
  })

  test("that falls silent before the session has begun is told by the session's own limit", async () => {
    const database = open({ timeout: "1s" })
    await database.executeSql("select 1")
    proxy.blackHole()
    await expect(
      database.getSession(() => database.executeSql("select 1"), { name: "mine", timeout: 100 }),
    ).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: expect.stringContaining('"mine" took longer'),
    })
    await database.close()
  })

  test("or is cut off ends a stream in time", async () => {
    await direct.executeSql("insert into t values (0), (1), (2), (3)")
    await direct.executeSql("insert into t select a.n from t a, t b, t c, t d, t e, t f")
    const database = open({ timeout: "1s", connections: 1 })
    const losses = [
      ["ERR_PERSIST_TIMEOUT", () => proxy.blackHole(), 0],
      ["ERR_PERSIST_CONNECTION", () => proxy.cut(), 0],
      // Noticed while nobody waits for the next rows.
      ["ERR_PERSIST_CONNECTION", () => proxy.cut(), 50],
    ] as const
    for (const [code, lose, pause] of losses) {
      const rest = async () => {
        const rows = database.kysely as unknown as Kysely<{ t: { n: number } }>
        let count = 0
        // More than what is on its way already.
        for await (const { n } of rows
          .selectFrom("t as a")
          .innerJoin("t as b", "a.n", "b.n")
          .select("a.n")
          .stream(100)) {
          expect(n).toBeLessThan(4)
          if (count++ > 0) continue
          lose()
          if (pause > 0) await delay(pause)
        }
      }
      await expect(rest()).rejects.toMatchObject({ code })
      await proxy.heal()
      expect((await database.executeSql("select 1 as n")).rows).toEqual([{ n: 1 }])
    }
    await database.close()
  })

  if (engine.name === "postgres")
    test("or is lost at the end of a stream leaves no doubt, since a stream writes nothing", async () => {
      await direct.executeSql("insert into t values (1)")
      const database = open({ connections: 1 })
      const kysely = database.kysely as unknown as Kysely<{ t: { n: number } }>
      const lost = proxy.dropReplyOnce("commit")
      const read = async () => {
        for await (const row of kysely.selectFrom("t").selectAll().stream()) {
          expect(row).toEqual({ n: 1 })
        }
      }
      await expect(read()).rejects.toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
      await lost
      await database.close()
    })

  if (engine.name === "postgres")
    test("is waited for by a watch, whose listening does not hang", async () => {
      let isSilent = true
      let asked = 0
      // Lets everything through but what comes after somebody asked to listen.
      const deaf = createServer((client) => {
        const server = connect(Number(new URL(options.connection!).port), "127.0.0.1")
        for (const socket of [client, server]) {
          socket.on("error", () => {})
          socket.on("close", () => (socket === client ? server : client).destroy())
        }
        client.on("data", (bytes) => {
          if (bytes.includes("listen ") && isSilent) asked++
          else server.write(bytes)
        })
        server.pipe(client)
      }).listen(0, "127.0.0.1")
      await once(deaf, "listening")
      const url = new URL(options.connection!)
      url.port = String((deaf.address() as AddressInfo).port)
      const database = new DatabaseStorage(url.href)
      const states = database.storage("states")
      await states.save("a", 1)
      const changes = states.watch()[Symbol.asyncIterator]()
      const first = changes.next()
      await expect.poll(() => asked, { timeout: 10_000 }).toBe(2)
      isSilent = false
      expect((await first).value).toMatchObject({ type: "gap" })
      await states.save("b", 2)
      expect((await changes.next()).value).toMatchObject({ type: "save", key: "b" })
      await database.close()
      deaf.close()
    })

  test("ends on the server a statement that takes too long, and keeps the connection", async () => {
    const database = open({ timeout: "1s", connections: 1 })
    const id = engine.name === "postgres" ? "pg_backend_pid()" : "connection_id()"
    const who = async () => (await database.executeSql(`select ${id} as id`)).rows
    const before = await who()
    if (engine.name === "postgres") {
      await expect(database.executeSql(sleep)).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
      })
    } else {
      // MariaDB ends a sleep early without an error.
      await database.executeSql(sleep).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
      })
    }
    expect(await who()).toEqual(before)
    await database.close()
  })
})
