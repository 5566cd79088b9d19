import dns from "node:dns"
import { Pool } from "pg"
import { expect, test, vi } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"
import { TransactionPooler } from "./support/transaction-pooler.ts"

describeEngines(
  "a pooler before the server",
  (engine) => {
    // The server says that a statement was cancelled a moment before it counts it as ended.
    const slow = "select pg_sleep(600) as slept"

    /** Lends a database behind a pooler, and what tells how many slow statements run on the server. */
    async function withPooler(
      open: (url: string) => DatabaseOptions & { client?: Pool },
      work: (database: DatabaseStorage, running: () => Promise<unknown>) => Promise<void>,
    ): Promise<void> {
      const { connection } = await engine.fresh()
      const url = new URL(connection!)
      await using direct = new DatabaseStorage(connection!)
      await using pooler = await TransactionPooler.start(Number(url.port))
      url.port = String(pooler.port)
      const name = `pooled_${process.pid}_${pooler.port}`
      url.searchParams.set("application_name", name)
      const running = async () => {
        const sql =
          "select count(*)::int as n from pg_stat_activity where application_name = ? and state = 'active'"
        return (await direct.executeSql(sql, [name])).rows
      }
      const options = open(url.href)
      await using database = new DatabaseStorage(options)
      await work(database, running)
      expect(pooler.cancelled).toBe(1)
      await expect.poll(running).toEqual([{ n: 0 }])
      expect((await database.executeSql("select 1 as one")).rows).toEqual([{ one: 1 }])
      await options.client?.end()
    }

    test("passes the end of a statement on that takes too long", async () => {
      await withPooler(
        (connection) => ({ connection, timeout: 300 }),
        async (database, running) => {
          await expect(database.executeSql(slow)).rejects.toMatchObject({
            code: "ERR_PERSIST_TIMEOUT",
            cause: expect.objectContaining({ cause: expect.objectContaining({ code: "57014" }) }),
          })
          await expect.poll(running).toEqual([{ n: 0 }])
        },
      )
    })

    test("is asked where the statement runs, of the addresses that its name has", async () => {
      let asked = 0
      const lookup = vi.spyOn(dns, "lookup").mockImplementation(((
        name: string,
        options: { all?: boolean },
        done: (...result: unknown[]) => void,
      ) => {
        const address = name === "database.test" ? `127.0.0.${++asked}` : name
        if (options.all) done(null, [{ address, family: 4 }])
        else done(null, address, 4)
      }) as never)
      try {
        await withPooler(
          (href) => ({ connection: href.replace("127.0.0.1", "database.test"), timeout: 300 }),
          async (database, running) => {
            await expect(database.executeSql(slow)).rejects.toMatchObject({
              cause: expect.objectContaining({ cause: expect.objectContaining({ code: "57014" }) }),
            })
            await expect.poll(running).toEqual([{ n: 0 }])
          },
        )
        expect(asked).toBe(1)
      } finally {
        lookup.mockRestore()
      }
    })

    test("that passes a request on too late ends nothing else by it", async () => {
      const { connection } = await engine.fresh()
      const url = new URL(connection!)
      await using pooler = await TransactionPooler.start(Number(url.port))
      url.port = String(pooler.port)
      const { promise, resolve } = Promise.withResolvers<void>()
      pooler.cancelsAfter = promise
      const limits = { timeout: 1_000, acquireTimeout: 100, connections: 1 }
      await using database = new DatabaseStorage({ connection: url.href, ...limits })
      const controller = new AbortController()
      const session = database.getSession(
        async () => {
          const sleeping = database.executeSql("select pg_sleep(0.2)")
          controller.abort()
          await sleeping
        },
        { signal: controller.signal },
      )
      await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      const next = database.executeSql("select 1 as one from pg_sleep(0.4)")
      resolve()
      expect((await next).rows).toEqual([{ one: 1 }])
      expect(pooler.cancelled).toBe(1)
    })

    test("passes on that the signal of a session was aborted, over a pool of the caller's too", async () => {
      await withPooler(
        (connectionString) => ({ engine: "postgres", client: new Pool({ connectionString }) }),
        async (database, running) => {
          const controller = new AbortController()
          const session = database.getSession(
            async () => {
              const sleeping = database.executeSql(slow)
              await expect.poll(running).toEqual([{ n: 1 }])
              controller.abort()
              await sleeping
            },
            { signal: controller.signal },
          )
          await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
          await expect.poll(running).toEqual([{ n: 0 }])
        },
      )
    })
  },
  ["postgres"],
)
