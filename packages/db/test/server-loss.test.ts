import { once } from "node:events"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import type { PrivateServer } from "./support/private-server.ts"
import { startMariadb } from "./support/start-mariadb.ts"
import { startPostgres } from "./support/start-postgres.ts"

const kinds = [
  { name: "PostgreSQL", start: startPostgres, install: "apt-get install postgresql" },
  { name: "MariaDB", start: startMariadb, install: "apt-get install mariadb-server" },
] as const

for (const { name, start, install } of kinds) {
  describe(`a ${name} that is killed`, () => {
    let server: PrivateServer | undefined
    beforeAll(async () => {
      server = await start()
      if (server === undefined) console.warn(`NOT TESTED: a killed ${name}; ${install}`)
    })
    afterAll(() => server?.stop())

    test("in a session leaves nothing half done, and the pool recovers", async (context) => {
      if (server === undefined) {
        if (process.env.CI) expect.fail(`${name} is missing: ${install}`)
        context.skip()
        return
      }
      const database = new DatabaseStorage(server.url)
      await database.executeSql("create table kept (n int)")
      await database.executeSql("insert into kept values (1)")
      await Promise.all([database.executeSql("select 1"), database.executeSql("select 1")])
      const running = database.getSession(async () => {
        await database.executeSql("insert into kept values (2)")
        await server!.kill()
        await database.executeSql("insert into kept values (3)")
      })
      await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
      await expect(database.executeSql("select 1")).rejects.toMatchObject({
        code: "ERR_PERSIST_CONNECTION",
      })
      await server.restart()
      expect((await database.executeSql("select n from kept")).rows).toEqual([{ n: 1 }])
      await database.getSession(() => database.executeSql("insert into kept values (4)"))
      expect((await database.executeSql("select n from kept order by n")).rows).toEqual([
        { n: 1 },
        { n: 4 },
      ])
      await database.close()
    })

    test("takes the lease of its holder with it", async (context) => {
      if (server === undefined) return context.skip()
      await using database = new DatabaseStorage(server.url)
      let token = 0
      const running = database.withLease(
        "a",
        async (lease) => {
          token = lease.token
          await server!.kill()
          await once(lease.signal, "abort")
          expect(lease.signal.reason).toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
        },
        { ttl: 1000 },
      )
      await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
      await server.restart()
      expect(await database.withLease("a", (lease) => lease.token)).toBe(token + 1)
    })

    test("never shows a password", async () => {
      const scheme = name === "PostgreSQL" ? "postgres" : "mysql"
      const database = new DatabaseStorage(`${scheme}://user:s3cret@127.0.0.1:1/x`)
      const error = await database.executeSql("select 1").catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
      const { inspect } = await import("node:util")
      expect(inspect(error, { depth: 10 })).not.toContain("s3cret")
      await database.close()
    })
  })
}
